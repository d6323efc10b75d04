@main
struct KTSDBCommandMain {
    static func main() {}
}

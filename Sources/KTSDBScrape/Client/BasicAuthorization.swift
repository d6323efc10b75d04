/// The header `Authorization` with a name and a password (RFC 7617).
enum BasicAuthorization {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Returns the header's value: `Basic ` and both in base 64 (RFC 4648, section 4).
    static func header(name: String, password: String) -> String {
        let bytes = Array("\(name):\(password)".utf8)
        var result = Array("Basic ".utf8)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start...].prefix(3)
            let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                result.append(place <= group.count ? alphabet[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

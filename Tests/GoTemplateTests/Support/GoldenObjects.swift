import GoTemplate

/// `Obj` of the program that made the golden cases.
struct GoldenObject: GoObject {
    var typeName: String { "main.Obj" }
    var isPointer = false
    let fields: [GoField]

    static let inner = GoldenObject("in", 1, .null(.object("main.Obj", isPointer: true)), nil)
    static let outer = GoldenObject("out", 21, .object(inner.asPointer), 7)
    static let pointer = outer.asPointer

    init(_ name: String, _ count: Int, _ inner: GoValue, _ any: GoValue) {
        fields = [
            GoField("Name", .text(name)), GoField("Count", .int(count)), GoField("Inner", inner), GoField("Any", any),
        ]
    }

    var asPointer: GoldenObject {
        var pointer = self
        pointer.isPointer = true
        return pointer
    }

    func method(_ name: String) -> GoFunction? {
        switch name {
        case "Hello":
            GoFunction([.string], returns: .string) {
                .text("hello \($0[0].asString!) from \(field("Name")!.asString!)")
            }
        case "Twice": GoFunction([], returns: .int) { _ in .int(field("Count")!.asInt! * 2) }
        case "Fails": GoFunction([], returns: .string, canFail: true) { _ in throw GoError("method failed") }
        case "Sum":
            GoFunction([.int], variadic: .int, returns: .int) { .int($0.reduce(0) { $0 &+ $1.asInt! }) }
        default: nil
        }
    }
}

/// `Text`, which has a method `String`.
struct GoldenText: GoObject {
    var typeName: String { "main.Text" }
    var fields: [GoField] { [GoField("A", "l"), GoField("B", "r")] }
    func text() -> GoString? { "<l|r>" }
}

/// `Bad`, whose method `String` panics.
struct GoldenBad: GoObject {
    var typeName: String { "main.Bad" }
    var fields: [GoField] { [GoField("X", 1)] }
    func text() throws -> GoString? { throw GoError("no text") }
}

/// `KV`, a map with methods.
enum GoldenKV {
    static let type: GoNamedType = GoNamedType(
        "main.KV", .map(.string, .string),
        methods: [
            "Names": { value in
                GoFunction([], returns: .list(.string)) { _ in
                    .list(GoList(value.asMap!.entries.map(\.key), of: .string))
                }
            },
            "Remove": { value in
                GoFunction([.list(.string)], returns: .named(GoldenKV.type)) { arguments in
                    let removed = Set(arguments[0].asList!.elements.map { $0.asString! })
                    let kept = value.asMap!.entries.filter { !removed.contains($0.key.asString!) }
                    return .named(GoldenKV.type, .map(GoMap(kept, value: .string)))
                }
            },
        ])

    static func value(_ entries: [String: String]) -> GoValue { .named(type, .map(GoMap(entries))) }
}

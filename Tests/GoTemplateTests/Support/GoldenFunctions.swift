import GoTemplate

/// The functions that the golden cases were made with.
enum GoldenFunctions {
    static let all: TemplateFunctions = [
        "upper": GoFunction([.string], returns: .string) { .text($0[0].asString!.description.uppercased()) },
        "add": GoFunction([.int, .int], returns: .int) { .int($0[0].asInt! &+ $0[1].asInt!) },
        "addf": GoFunction([.float64, .float64], returns: .float64) { .float($0[0].asDouble! + $0[1].asDouble!) },
        "fail": GoFunction([], returns: .string, canFail: true) { _ in throw GoError("failed on purpose") },
        "panics": GoFunction([], returns: .string) { _ in throw GoError("a panic") },
        "sum": GoFunction([], variadic: .int, returns: .int) { .int($0.reduce(0) { $0 &+ $1.asInt! }) },
        "join": GoFunction([.string], variadic: .string, returns: .string) {
            .string(GoString(bytes: $0.dropFirst().map { $0.asString!.bytes }.joined(separator: $0[0].asString!.bytes)))
        },
        "same": GoFunction([.any], returns: .any) { $0[0] },
        "isb": GoFunction([.bool], returns: .bool) { $0[0] },
        "u8f": GoFunction([.integer(.uint8)], returns: .integer(.uint8)) { $0[0] },
        "u64f": GoFunction([.integer(.uint64)], returns: .integer(.uint64)) { $0[0] },
        "mapf": GoFunction([.map(.string, .string)], returns: .int) { .int($0[0].asMap!.entries.count) },
        "durf": GoFunction([.named(GoDuration.type)], returns: .string) {
            .text(GoDuration.text(GoDuration.nanoseconds(of: $0[0])))
        },
        "timef": GoFunction([.object("time.Time", isPointer: false)], returns: .string) {
            guard case .object(let object) = $0[0], let time = object as? GoTime else { throw GoError("no time") }
            return .text(time.formatted("15:04"))
        },
        "listf": GoFunction([.list(.string)], returns: .int) { .int($0[0].asList!.elements.count) },
        "strs": GoFunction([], variadic: .string, returns: .list(.string)) { .list(GoList($0, of: .string)) },
        "objf": GoFunction([.object("main.Obj", isPointer: false)], returns: .string) { name($0[0]) },
        "ptrf": GoFunction([.object("main.Obj", isPointer: true)], returns: .string) { name($0[0]) },
    ]

    private static func name(_ value: GoValue) -> GoValue {
        if case .object(let object) = value { object.field("Name") ?? "?" } else { "nil" }
    }
}

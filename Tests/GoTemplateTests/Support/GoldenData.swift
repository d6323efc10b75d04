import GoTemplate

/// The data that the golden cases were made with by Go's own `text/template`.
enum GoldenData {
    static let items: GoValue = .named(
        GoNamedType(
            "main.Items", .list(.object("main.Obj", isPointer: false)),
            methods: [
                "First": { value in
                    GoFunction([], returns: .object("main.Obj", isPointer: false)) { _ in value.asList!.elements[0] }
                }
            ]),
        .list(
            GoList(
                [.object(GoldenObject.outer), .object(GoldenObject.inner)], of: .object("main.Obj", isPointer: false))))

    static let fixed = GoZone.fixed(name: "XST", seconds: -5 * 3600 - 1800)
    static let time = GoTime(seconds: 1_709_211_845, nanoseconds: 678_900_000)
    static let zoned = GoTime(seconds: 946_704_599, zone: fixed)
    static let level = GoNamedType("main.Level", .int) { GoString("level-\($0.asInt ?? 0)") }
    static let named = GoNamedType("main.Named", .string)

    static let root: GoValue = .map(Dictionary(uniqueKeysWithValues: numbers + texts + collections + others))

    private static let numbers: [(String, GoValue)] = [
        ("i", 42), ("neg", -7), ("zero", 0), ("i8", .integer(GoInteger(-5, kind: .int8))),
        ("i64", .integer(GoInteger(.min, kind: .int64))), ("u", .integer(GoInteger(7, kind: .uint))),
        ("u8", .integer(GoInteger(200, kind: .uint8))), ("u64", .integer(GoInteger(bits: .max, kind: .uint64))),
        ("f", 1234.5678), ("f0", 0.0), ("small", 1e-7), ("big", 1e21), ("nan", .float(.nan)),
        ("inf", .float(.infinity)), ("ninf", .float(-.infinity)),
        ("dur", GoDuration.value(nanoseconds: 5_401_500_000_000)), ("ndur", GoDuration.value(nanoseconds: -1_500_000)),
        ("level", .named(level, 3)),
    ]

    private static let texts: [(String, GoValue)] = [
        ("s", "hello"), ("empty", ""), ("uni", "한글 ñ"), ("bad", .string(GoString(bytes: [0x61, 0xFF, 0x62]))),
        ("html", "<a href=\"x\">'&'</a>"), ("quote", "tab\t\"q\" \\ `\n\u{200B}"), ("named", .named(named, "nm")),
    ]

    private static let strings = GoList(["a", "b", "c"], of: .string)

    private static let collections: [(String, GoValue)] = [
        ("list", [1, "two", 3.5, nil, true]), ("strs", .list(strings)), ("ints", ints([3, 1, 2])),
        ("nilstrs", .null(.list(.string))), ("none", []),
        ("nest", .list(GoList([ints([1, 2]), ints([3]), ints([])], of: .list(.int)))),
        ("m", ["a": 1, "b": nil, "c": ["d": "deep"], "e": .list(GoList(["x"], of: .string))]),
        ("ms", .map(GoMap(["y": "2", "x": "1"]))),
        ("mi", .map(GoMap([(2, "b"), (1, "a"), (-1, "z")], key: .int, value: .string))),
        ("mf", .map(GoMap([("p", 1.5)], value: .float64))), ("nilms", .null(.map(.string, .string))),
        ("mb", .map(GoMap([(true, 1), (false, 0)], key: .bool, value: .int))),
        ("items", items), ("kv", GoldenKV.value(["job": "j", "a": "1"])),
    ]

    private static func ints(_ values: [Int]) -> GoValue { .list(GoList(values.map { .int($0) }, of: .int)) }

    private static let others: [(String, GoValue)] = [
        ("t", true), ("fa", false), ("nil", nil), ("obj", .object(GoldenObject.outer)),
        ("ptr", .object(GoldenObject.pointer)), ("nilptr", .null(.object("main.Obj", isPointer: true))),
        ("text", .object(GoldenText())), ("bads", .object(GoldenBad())), ("time", .object(time)),
        ("zoned", .object(zoned)), ("err", .error(GoError("boom"))),
        ("fn", .function(GoFunction([.int], returns: .string) { .text("fn\($0[0].asInt ?? 0)") })),
        (
            "vfn",
            .function(
                GoFunction([.string], variadic: .int, returns: .string) {
                    .text("\($0[0].asString ?? "")\($0.count - 1)")
                })
        ),
        ("nilfn", .null(.function(GoSignature([], returns: .int)))),
        (
            "failfn",
            .function(GoFunction([], returns: .int, canFail: true) { _ in throw GoError("failfn failed") })
        ),
    ]
}

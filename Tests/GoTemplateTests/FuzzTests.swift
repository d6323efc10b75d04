import Foundation
import GoTemplate
import Testing

/// Whatever comes in, nothing traps, and everything ends.
@Suite struct `Hostile templates` {
    /// A small generator whose sequence depends on the seed alone.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    /// `KTSDB_GOTEMPLATE_FUZZ` makes the runs that many times as long.
    static let rounds = ProcessInfo.processInfo.environment["KTSDB_GOTEMPLATE_FUZZ"].flatMap { Int($0) } ?? 1

    static let pieces = [
        "{{", "}}", "{{-", " -}}", "{{end}}", "{{else}}", "{{if ", "{{range ", "{{with ", "{{define \"x\"}}",
        "{{template \"x\" .}}", "{{block \"y\" .}}", "{{break}}", "{{continue}}", "{{/*", "*/}}", "$x", " := ", " = ",
        "(",
        ")", "|", ".", ".list", ".m.a", ".obj.Hello ", "printf \"%*d\" ", "%[3]*.[2]*[1]f", "\"%1000000d\"",
        "9223372036854775807", "-9223372036854775808", "0x1p1023", "1e308", "'\\xff'", "`", "\"", "\\", "\n", "한",
        "\u{0}",
        "nil", "true", "index ", "slice ", "len ", "call ", "eq ", "lt ", "and ", "or ", "not ", "html ", "js ",
        "urlquery ", "print ", ".time.Format \"Jan _2\"", ".dur", ".time.AddDate ", ".time.Add ", ".time.Truncate ",
        "1", " ",
    ]

    static var limits: TemplateLimits {
        var limits = TemplateLimits()
        limits.steps = 20_000
        limits.outputBytes = 1 << 20
        limits.textBytes = 1 << 22
        return limits
    }

    /// Parses and executes; both may fail, neither may trap. Returns whether the template could be executed.
    @discardableResult
    static func run(_ text: String) -> Bool {
        guard let template = try? Template.parse(name: "t", text: text, functions: GoldenFunctions.all) else {
            return false
        }
        for missingKey in MissingKey.allCases {
            _ = try? template.execute(GoldenData.root, missingKey: missingKey, limits: limits)
        }
        _ = template.trees.mapValues(\.usage)
        return true
    }

    @Test(arguments: 1...4)
    func `of random bytes do no harm`(seed: Int) {
        var random = Random(state: UInt64(seed))
        for _ in 0..<(300 * Self.rounds) {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            Self.run("{{" + String(decoding: bytes, as: UTF8.self) + "}}")
        }
    }

    @Test(arguments: 1...4)
    func `of random pieces do no harm`(seed: Int) {
        var random = Random(state: UInt64(seed) &* 77)
        for _ in 0..<(500 * Self.rounds) {
            let count = Int.random(in: 1...20, using: &random)
            Self.run((0..<count).map { _ in Self.pieces.randomElement(using: &random)! }.joined())
        }
    }

    @Test(arguments: 1...6)
    func `made from good ones do no harm`(seed: Int) throws {
        var random = Random(state: UInt64(seed) &* 991)
        let good = try GoldenCase.load(`Golden templates`.fixture).map(\.text)
        var executed = 0
        for _ in 0..<(300 * Self.rounds) {
            var text = Array(good.randomElement(using: &random)!)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                let end = min(text.count, place + Int.random(in: 0...3, using: &random))
                let piece = Bool.random(using: &random) ? Self.pieces.randomElement(using: &random)! : ""
                text.replaceSubrange(place..<end, with: Array(piece))
            }
            if Self.run(String(text)) { executed += 1 }
        }
        #expect(executed > 30)
    }

    @Test(arguments: 1...4)
    func `with random formats do no harm`(seed: Int) throws {
        var random = Random(state: UInt64(seed) &* 31)
        let parts =
            Array("%%%%+-# 0[]*.123456789vTtbcdoOqxXUeEfFgGspwz한").map(String.init) + ["99999999999999999999", "\u{0}"]
        let template = try Template.parse(name: "t", text: "{{printf .f .a .b .c}}")
        let values: [GoValue] = [
            .int(.min), .int(.max), .float(.nan), .float(-.greatestFiniteMagnitude), .float(.leastNonzeroMagnitude),
            nil,
            .string(GoString(bytes: [0xFF, 0xC0, 0x80])), ["a", 1, nil], ["k": [1.5]], .object(GoTime.zero),
            GoDuration.value(nanoseconds: .min), .integer(GoInteger(bits: .max, kind: .uint64)), .int(1_000_000),
            .int(-3),
        ]
        for _ in 0..<(500 * Self.rounds) {
            let format = (0..<Int.random(in: 1...12, using: &random)).map { _ in parts.randomElement(using: &random)! }
            let data: GoValue = [
                "f": .text(format.joined()), "a": values.randomElement(using: &random)!,
                "b": values.randomElement(using: &random)!, "c": values.randomElement(using: &random)!,
            ]
            _ = try? template.execute(data, limits: Self.limits)
        }
    }

    @Test(arguments: [Int64.min, .min + 1, -62_135_596_801, -1, 0, 253_402_300_800, .max - 1, .max])
    func `with extreme times do no harm`(seconds: Int64) throws {
        let time = GoTime(seconds: seconds, nanoseconds: 999_999_999, zone: .fixed(name: "", seconds: -86_399))
        let methods = GoTimeMethods.all.map { "{{.\($0)}}" }.joined(separator: " ")
        let text =
            methods + "{{.Add 9223372036854775807}}{{.AddDate 9223372036854775807 -5 9}}{{.Format \"2006 Jan _2 __2\"}}"
            + "{{.Round 1000}}{{.Truncate 9223372036854775807}}{{.Sub .UTC}}{{(.Sub .UTC).Abs}}"
            + "{{printf \"%#v %d\" . .}}"
        let result = try Template.parse(name: "t", text: text).execute(.object(time))
        #expect(result.count > 500)
    }
}

/// The methods of times that take no arguments.
private enum GoTimeMethods {
    static let all = [
        "Day", "GoString", "Hour", "IsZero", "Local", "Location", "Minute", "Month", "Nanosecond", "Second", "String",
        "UTC",
        "Unix", "UnixMicro", "UnixMilli", "UnixNano", "Weekday", "Year", "YearDay",
    ]
}

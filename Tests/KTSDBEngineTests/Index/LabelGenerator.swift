import KTSDBModel
import KTSDBTesting

/// Random label sets that share names and values as those of real targets do, and random matchers on them.
struct LabelGenerator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    static let names = ["__name__", "code", "instance", "job", "le", "path", "pod", "rare", "Zone", "ünïcode"]
    /// How many values each name has.
    private static let cardinalities = [12, 4, 40, 3, 9, 25, 600, 3, 2, 7]

    mutating func value(_ name: Int) -> String {
        let number = Int.random(in: 0..<Self.cardinalities[name], using: &random)
        switch name {
        case 0:
            return ["http_requests_total", "up", "go_goroutines", "node_cpu_seconds_total"][number % 4]
                + String(repeating: "_x", count: number / 4)
        case 1: return ["200", "404", "500", "2xx"][number]
        case 5: return "/v1/\(["users", "items", "a\nb", "é"][number % 4])/\(number)"
        case 9: return String(repeating: "long", count: number * 40)  // empty for one, over 255 bytes for some
        default: return "\(Self.names[name])-\(number)"
        }
    }

    /// Labels: usually most of the names, sometimes few; never empty.
    mutating func labels() -> Labels {
        var pairs: [(String, String)] = [("__name__", value(0))]
        let dense = Int.random(in: 0..<8, using: &random) > 0
        for name in 1..<Self.names.count
        where name == 7
            ? Int.random(in: 0..<50, using: &random) == 0
            : (dense ? Int.random(in: 0..<6, using: &random) > 0 : Bool.random(using: &random))
        {
            pairs.append((Self.names[name], value(name)))
        }
        return Labels(pairs)
    }

    /// Up to `count` different label sets.
    mutating func labelSets(_ count: Int) -> [Labels] { Array(Set((0..<count).map { _ in labels() })).sorted() }

    mutating func matcher() throws -> LabelMatcher {
        let name = Int.random(in: 0...Self.names.count, using: &random)
        guard name < Self.names.count else {
            return try LabelMatcher(
                "missing", operation(), ["", "x", "x|y", ".*", ".+"].randomElement(using: &random)!)
        }
        let value = self.value(name)
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1, 2: return .equal(Self.names[name], value)
        case 3: return .notEqual(Self.names[name], value)
        case 4: return .equal(Self.names[name], ["", "nothing"].randomElement(using: &random)!)
        case 5: return .notEqual(Self.names[name], "")
        default:
            let literals = (0..<3).map { _ in self.value(name) }
            let patterns = [
                ".*", ".+", "", "a|", value, literals.joined(separator: "|"), value.prefix(4) + ".*",
                ".*" + value.suffix(1),
                "(?i)" + value.uppercased(), "pod-1[0-9]+|", "[^2].*", "pod-(1|2|30)", "x*", "nothing.*",
            ]
            return try LabelMatcher(
                Self.names[name], Bool.random(using: &random) ? .matches : .doesNotMatch,
                patterns.randomElement(using: &random)!)
        }
    }

    private mutating func operation() -> LabelMatcher.Operation {
        [.equal, .notEqual, .matches, .doesNotMatch].randomElement(using: &random)!
    }
}

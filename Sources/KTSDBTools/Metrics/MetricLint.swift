internal import KTSDBModel

/// What promtool finds about the names and types of metrics.
enum MetricLint {
    /// What is wrong, a line for each: the metric's name, then the text; sorted by both.
    static func problems(_ families: [String: CheckedFamily], findsDuplicates: Bool = true) -> [String] {
        var found: [(name: String, text: String)] = []
        for family in families.values {
            let texts = problems(family) + (findsDuplicates ? duplicates(family) : [])
            found += texts.map { (family.name, $0) }
        }
        found.sort { left, right in
            left.name == right.name
                ? left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        return found.map { $0.name + " " + $0.text }
    }

    private static func problems(_ family: CheckedFamily) -> [String] {
        (family.help == nil ? ["no help text"] : []) + unit(family.name) + counter(family) + reserved(family)
            + typeInName(family) + (family.name.contains(":") ? ["metric names should not contain ':'"] : [])
            + camelCase(family) + abbreviations(family.name.lowercased())
    }

    private static func unit(_ name: String) -> [String] {
        for part in name.split(separator: "_", omittingEmptySubsequences: false).map(String.init) {
            var base = MetricUnits.bases[part]
            for prefix in MetricUnits.prefixes where base == nil && part.hasPrefix(prefix) {
                base = MetricUnits.bases[String(part.dropFirst(prefix.count))]
            }
            guard let base else { continue }
            return base == part ? [] : ["use base unit \(goQuoted(base)) instead of \(goQuoted(part))"]
        }
        return []
    }

    private static func counter(_ family: CheckedFamily) -> [String] {
        let isTotal = family.name.hasSuffix("_total")
        if family.kind == .counter { return isTotal ? [] : ["counter metrics should have \"_total\" suffix"] }
        let isFault = isTotal && family.kind != .untyped
        return isFault ? ["non-counter metrics should not have \"_total\" suffix"] : []
    }

    private static func reserved(_ family: CheckedFamily) -> [String] {
        guard let kind = family.kind, kind != .untyped else { return [] }
        var found: [String] = []
        func add(_ condition: Bool, _ text: String) { if condition { found.append(text) } }
        let isHistogram = kind == .histogram, isSummary = kind == .summary, name = family.name
        add(
            !isHistogram && name.hasSuffix("_bucket"), "non-histogram metrics should not have \"_bucket\" suffix")
        for suffix in ["_count", "_sum"] {
            add(
                !isHistogram && !isSummary && name.hasSuffix(suffix),
                "non-histogram and non-summary metrics should not have \"\(suffix)\" suffix")
        }
        for label in family.members.flatMap(\.labels) {
            add(!isHistogram && label.name == "le", "non-histogram metrics should not have \"le\" label")
            add(!isSummary && label.name == "quantile", "non-summary metrics should not have \"quantile\" label")
        }
        return found
    }

    private static func typeInName(_ family: CheckedFamily) -> [String] {
        guard let kind = family.kind, kind != .untyped else { return [] }
        let name = family.name.lowercased()
        let isThere = name.contains("_\(kind.rawValue)_") || name.hasSuffix("_\(kind.rawValue)")
        return isThere ? ["metric name should not include type '\(kind.rawValue)'"] : []
    }

    private static func camelCase(_ family: CheckedFamily) -> [String] {
        let text = "should be written in 'snake_case' not 'camelCase'"
        return (isCamelCase(family.name) ? ["metric names \(text)"] : [])
            + family.members.flatMap(\.labels).filter { isCamelCase($0.name) }.map { _ in "label names \(text)" }
    }

    private static func isCamelCase(_ name: String) -> Bool {
        zip(name.utf8, name.utf8.dropFirst()).contains { first, second in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= first && UInt8(ascii: "A")...UInt8(ascii: "Z") ~= second
        }
    }

    private static func abbreviations(_ name: String) -> [String] {
        MetricUnits.abbreviations.filter { name.contains("_\($0)_") || name.hasSuffix("_\($0)") }
            .map { _ in "metric names should not contain abbreviated units" }
    }

    /// One for each set of labels that another one follows: promtool compares them as they are written.
    private static func duplicates(_ family: CheckedFamily) -> [String] {
        var left: [[CheckedFamily.LabelPair]: Int] = [:]
        for member in family.members { left[member.labels, default: 0] += 1 }
        let count = left.values.map { $0 - 1 }.reduce(0, +)
        return [String](repeating: "metric not unique", count: count)
    }
}

/// The units that promtool knows.
enum MetricUnits {
    /// The base unit of each unit.
    static let bases: [String: String] = {
        var bases: [String: String] = [:]
        for unit in [
            "amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "seconds", "volts",
        ] {
            bases[unit] = unit
        }
        for unit in ["minutes", "hours", "days", "weeks"] { bases[unit] = "seconds" }
        for unit in ["inches", "yards", "miles"] { bases[unit] = "meters" }
        for unit in ["fahrenheit", "rankine"] { bases[unit] = "celsius" }
        for unit in ["pounds", "ounces"] { bases[unit] = "grams" }
        bases["kelvins"] = "kelvin"
        bases["bits"] = "bytes"
        bases["calories"] = "joules"
        return bases
    }()

    static let prefixes = [
        "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "giga",
        "gibi", "tera", "tebi", "peta", "pebi",
    ]

    static let abbreviations = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"]
}

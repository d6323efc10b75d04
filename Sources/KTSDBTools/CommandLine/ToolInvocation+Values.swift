internal import GoTemplate
internal import KTSDBModel
internal import PrometheusWire

extension ToolInvocation {
    /// Returns the value of a flag as a duration, in Go's notation (`1h30m`, `1.5s`) or in Prometheus' (`1d`); nil if
    /// the flag is not given and has no default.
    func duration(_ name: String) throws(CommandLineProblem) -> Duration? {
        guard let text = self[name] else { return nil }
        if let duration = GoDurationText.parse(text) ?? PrometheusDuration.parse(text) { return duration }
        throw CommandLineProblem(Self.durationProblem(text))
    }

    /// Returns the values `NAME=VALUE` of a flag.
    func pairs(_ name: String) throws(CommandLineProblem) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for text in all(name) {
            guard let sign = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                throw CommandLineProblem("expected KEY=VALUE got '\(text)'")
            }
            pairs.append((String(text[..<sign]), String(text[text.index(after: sign)...])))
        }
        return pairs
    }

    /// Returns Go's error for a text that is not a duration.
    private static func durationProblem(_ text: String) -> String {
        let isDigit: (Character) -> Bool = { ("0"..."9").contains($0) || $0 == "." }
        let units: Set = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"]
        var rest = text.drop { $0 == "-" || $0 == "+" }
        while let first = rest.first, isDigit(first) {
            rest = rest.drop(while: isDigit)
            let unit = rest.prefix { !isDigit($0) }
            if unit.isEmpty { return "time: missing unit in duration \(goQuoted(text))" }
            guard units.contains(String(unit)) else {
                return "time: unknown unit \(goQuoted(String(unit))) in duration \(goQuoted(text))"
            }
            rest = rest.dropFirst(unit.count)
        }
        return "time: invalid duration \(goQuoted(text))"
    }
}

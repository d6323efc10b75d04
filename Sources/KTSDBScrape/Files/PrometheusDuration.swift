/// Durations as Prometheus writes them: `15s`, `1h30m`, `1d`; a year has 365 days.
enum PrometheusDuration {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ("ms", 1),
    ]

    /// The duration that `text` names, or nil. Units go from large to small, each at most once; `0` needs none.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard !text.isEmpty else { return nil }
        var rest = Substring(text)
        var allowed = units[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            let unit = rest.dropFirst(digits.count).prefix { !("0"..."9").contains($0) }
            guard let count = Int64(digits), let place = allowed.firstIndex(where: { $0.name == unit }) else {
                return nil
            }
            let (product, tooLarge) = count.multipliedReportingOverflow(by: units[place].milliseconds)
            let (sum, overflow) = total.addingReportingOverflow(product)
            // Prometheus counts in nanoseconds: about 292 years is the most it can say.
            guard !tooLarge, !overflow, sum <= Int64.max / 1_000_000 else { return nil }
            total = sum
            allowed = allowed[(place + 1)...]
            rest = rest.dropFirst(digits.count + unit.count)
        }
        return .milliseconds(total)
    }

    /// `duration` in Prometheus' notation; years and weeks only where they leave no rest.
    static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard rest > 0 else { return "0s" }
        var text = ""
        for (name, milliseconds) in units {
            if name == "y" || name == "w", rest % milliseconds != 0 { continue }
            guard rest >= milliseconds else { continue }
            text += "\(rest / milliseconds)\(name)"
            rest %= milliseconds
        }
        return text
    }
}

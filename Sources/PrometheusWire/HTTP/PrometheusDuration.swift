/// Durations in Prometheus' notation: `15s`, `1h30m`, `1d`; a year has 365 days.
package enum PrometheusDuration {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ("ms", 1),
    ]

    /// Reads a duration: `0`, or whole numbers with units, each unit at most once and the larger ones first. Returns
    /// nil if `text` is malformed, or the duration is over 2^63 nanoseconds, about 292 years, which is the most that
    /// Prometheus can express.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text).utf8
        var total: Int64 = 0
        var nextUnit = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0 &- UInt8(ascii: "0") <= 9 }
            let letters = rest.dropFirst(digits.count).prefix { $0 &- UInt8(ascii: "a") < 26 }
            guard let count = Int64(Substring(digits)),
                let unit = units.firstIndex(where: { $0.name.utf8.elementsEqual(letters) }), unit >= nextUnit
            else { return nil }
            nextUnit = unit + 1
            let (product, tooLong) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, overflow) = total.addingReportingOverflow(product)
            guard !tooLong, !overflow else { return nil }
            total = sum
            rest = rest.dropFirst(digits.count + letters.count)
        }
        guard nextUnit > 0, total <= .max / 1_000_000 else { return nil }
        return .milliseconds(total)
    }

    /// Formats `duration` in Prometheus' notation; years and weeks are used only if they leave no remainder.
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard rest > 0 else { return "0s" }
        var text = ""
        for (name, milliseconds) in units where rest >= milliseconds {
            if name == "y" || name == "w", rest % milliseconds != 0 { continue }
            text += "\(rest / milliseconds)\(name)"
            rest %= milliseconds
        }
        return text
    }
}

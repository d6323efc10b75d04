internal import GoTemplate
internal import KTSDBModel

/// Durations as queries write them.
enum DurationText {
    /// Why a text is not a duration, in Prometheus' words.
    struct Problem: Error {
        var description: String
    }

    /// The units, from the longest to the shortest, in nanoseconds. A year has 365 days, a day 24 hours.
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("y", 31_536_000_000_000_000), ("w", 604_800_000_000_000), ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
    ]

    /// The nanoseconds of a duration in Prometheus' notation (`1d12h`), else in Go's (`1.5h`, `10µs`).
    static func value(_ text: String) -> Int64? {
        if case .success(let nanoseconds) = parse(text) { return nanoseconds }
        guard let duration = GoDurationText.parse(text) else { return nil }
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The nanoseconds of a duration in Prometheus' notation: units from the longest to the shortest, each at most
    /// once.
    static func parse(_ text: String) -> Result<Int64, Problem> {
        if text == "0" { return .success(0) }
        if text.isEmpty { return .failure(Problem(description: "empty duration string")) }
        let invalid = Problem(description: "not a valid duration string: \(goQuoted(text))")
        var rest = Array(text.utf8)[...]
        var total: UInt64 = 0
        var unitsUsed = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isDecimalDigit }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !$0.isDecimalDigit }
            rest = rest.dropFirst(letters.count)
            guard !letters.isEmpty, let count = UInt64(String(decoding: digits, as: UTF8.self)) else {
                return .failure(invalid)
            }
            let unit = String(decoding: letters, as: UTF8.self)
            guard let rank = units.firstIndex(where: { $0.name == unit }) else {
                let text = "unknown unit \(goQuoted(unit)) in duration \(goQuoted(text))"
                return .failure(Problem(description: text))
            }
            guard rank >= unitsUsed else { return .failure(invalid) }
            unitsUsed = rank + 1
            let (product, overflow) = count.multipliedReportingOverflow(by: units[rank].nanoseconds)
            let (sum, carry) = total.addingReportingOverflow(product)
            guard !overflow, !carry, sum <= UInt64(Int64.max) else {
                return .failure(Problem(description: "duration out of range"))
            }
            total = sum
        }
        return .success(Int64(total))
    }

    /// A whole number of milliseconds in Prometheus' notation. Years and weeks are used only if nothing is left over,
    /// since 90d reads better than 12w6d.
    static func text(_ nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "0s" }
        var rest = nanoseconds.magnitude
        var text = nanoseconds < 0 ? "-" : ""
        for unit in units where rest >= unit.nanoseconds {
            if unit.name == "y" || unit.name == "w", rest % unit.nanoseconds != 0 { continue }
            text += "\(rest / unit.nanoseconds)\(unit.name)"
            rest %= unit.nanoseconds
        }
        return text
    }
}

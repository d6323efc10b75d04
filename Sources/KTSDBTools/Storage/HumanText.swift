internal import KTSDBModel

/// Sizes and durations for people.
package enum HumanText {
    /// Returns a number of bytes with a unit: `1.5 GiB`.
    package static func bytes(_ count: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(count), unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(count) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// Returns a duration as Go writes it: `1h59m59.998s`.
    static func duration(milliseconds: Int64) -> String {
        guard milliseconds != 0 else { return "0s" }
        let total = milliseconds.magnitude
        let hours = total / 3_600_000, minutes = total / 60_000 % 60, rest = total % 60_000
        if total < 1000 { return "\(milliseconds)ms" }
        var seconds = "\(rest / 1000)"
        if rest % 1000 != 0 {
            let digits = String(rest % 1000)
            var fraction = String(repeating: "0", count: 3 - digits.count) + digits
            while fraction.hasSuffix("0") { fraction.removeLast() }
            seconds += "." + fraction
        }
        let text =
            hours > 0 ? "\(hours)h\(minutes)m\(seconds)s" : minutes > 0 ? "\(minutes)m\(seconds)s" : "\(seconds)s"
        return (milliseconds < 0 ? "-" : "") + text
    }
}

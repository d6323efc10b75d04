internal import GoTemplate

/// Formats numbers for people to read, as Prometheus does.
enum Humanize {
    /// `1.235M`, `120m`
    static func decimal(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return short(value) }
        if value.magnitude >= 1 { return large(value, by: 1000, ["k", "M", "G", "T", "P", "E", "Z", "Y"]) }
        return small(value)
    }

    /// `1.177Mi`
    static func binary(_ value: Double) -> String {
        guard value.magnitude > 1, value.isFinite else { return short(value) }
        return large(value, by: 1024, ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"])
    }

    /// `14d 6h 56m 7s`
    static func duration(_ value: Double) -> String {
        guard value.isFinite else { return short(value) }
        guard value != 0 else { return short(value) + "s" }
        guard value.magnitude >= 1 else { return small(value) + "s" }
        let sign = value < 0 ? "-" : "", whole = TemplateFloat.integer(value.magnitude)
        let seconds = whole % 60, minutes = whole / 60 % 60, hours = whole / 3600 % 24, days = whole / 86_400
        if days != 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(seconds)s" }
        if hours != 0 { return "\(sign)\(hours)h \(minutes)m \(seconds)s" }
        if minutes != 0 { return "\(sign)\(minutes)m \(seconds)s" }
        return sign + short(value.magnitude) + "s"
    }

    /// `12.35%`
    static func percentage(_ value: Double) -> String { short(value * 100) + "%" }

    /// `2015-06-23 13:19:44.128 +0000 UTC`
    static func timestamp(_ value: Double) throws -> String {
        value.isFinite ? try time(value).description : short(value)
    }

    /// Returns the time that is `value` seconds after the Unix epoch, truncated to milliseconds.
    /// - Throws: `GoError` if the value is not finite, or its nanoseconds overflow `Int64`.
    static func time(_ value: Double) throws -> GoTime {
        guard value.isFinite else { throw GoError("value is NaN or Inf") }
        let nanoseconds = value * 1e9
        guard nanoseconds.magnitude <= 0x1p63 else {
            throw GoError(
                "\(GoFormat.text("%v", .float(value))) cannot be represented as a nanoseconds timestamp since it "
                    + "overflows int64")
        }
        return GoTime(milliseconds: TemplateFloat.integer(nanoseconds) / 1_000_000)
    }

    private static func short(_ value: Double) -> String { GoFormat.text("%.4g", .float(value)) }

    private static func large(_ value: Double, by base: Double, _ prefixes: [String]) -> String {
        var value = value, prefix = ""
        for next in prefixes where value.magnitude >= base {
            prefix = next
            value /= base
        }
        return short(value) + prefix
    }

    private static func small(_ value: Double) -> String {
        var value = value, prefix = ""
        for next in ["m", "u", "n", "p", "f", "a", "z", "y"] where value.magnitude < 1 {
            prefix = next
            value *= 1000
        }
        return short(value) + prefix
    }
}

internal import GoTemplate
internal import KTSDBModel

/// Durations in words: `1d 2h 3m 4s`, `12.35s`, `100ms`.
enum HumanizedDuration {
    /// Returns a number of seconds, which may be a text, as a duration.
    static func text(_ value: GoValue) throws -> String {
        guard let seconds = try seconds(value) else { throw GoError("can't convert \(typeName(value)) to float") }
        guard seconds.isFinite else { return try rounded(seconds) }
        if seconds == 0 { return try rounded(seconds) + "s" }
        return seconds.magnitude >= 1 ? try long(seconds) : try short(seconds)
    }

    private static func typeName(_ value: GoValue) -> String {
        switch value {
        case .bool: "bool"
        case .list: "[]interface {}"
        case .map: "map[string]interface {}"
        case .object(let object): object.typeName
        default: "<nil>"
        }
    }

    private static func seconds(_ value: GoValue) throws -> Double? {
        if case .named(let type, _) = value, type == GoDuration.type {
            return Double(GoDuration.nanoseconds(of: value)) / 1e9
        }
        guard let text = value.asString else { return value.asDouble }
        guard let number = Double(text.description), !text.description.contains("_") else {
            throw GoError("strconv.ParseFloat: parsing \(quoted(text)): invalid syntax")
        }
        return number
    }

    private static func quoted(_ text: GoString) -> String { goQuoted(text.bytes) }

    private static func long(_ seconds: Double) throws -> String {
        let sign = seconds < 0 ? "-" : ""
        let whole = Int64(exactly: seconds.magnitude.rounded(.down)) ?? .min
        let (s, m, h, d) = (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400)
        if d != 0 { return "\(sign)\(d)d \(h)h \(m)m \(s)s" }
        if h != 0 { return "\(sign)\(h)h \(m)m \(s)s" }
        if m != 0 { return "\(sign)\(m)m \(s)s" }
        return sign + (try rounded(seconds.magnitude)) + "s"
    }

    private static func short(_ seconds: Double) throws -> String {
        var value = seconds, unit = ""
        for prefix in ["m", "u", "n", "p", "f", "a", "z", "y"] where value.magnitude < 1 {
            unit = prefix
            value *= 1000
        }
        return try rounded(value) + unit + "s"
    }

    private static let fourDigits = try? Template.parse(name: "", text: "{{printf \"%.4g\" .}}")

    /// Four significant digits.
    private static func rounded(_ value: Double) throws -> String {
        try fourDigits?.execute(.float(value)).description ?? "\(value)"
    }
}

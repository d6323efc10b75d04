internal import GoTemplate
internal import KTSDBModel
internal import PromQL

/// Converts the arguments of Prometheus' template functions to numbers: any of Go's numbers, a duration, or a text.
enum TemplateFloat {
    /// Returns the number of a value; for a duration, its seconds.
    /// - Throws: `GoError` if the value is not a number.
    static func double(_ value: GoValue) throws -> Double {
        if case .named(let type, _) = value, type == GoDuration.type {
            return Double(GoDuration.nanoseconds(of: value)) / 1e9
        }
        switch value {
        case .integer, .float: return value.asDouble ?? .ordinaryNaNValue
        case .string(let text): return try parse(text.description)
        default: throw GoError("can't convert \(GoFormat.text("%T", value)) to float")
        }
    }

    /// Returns the number of a text, as Go's `strconv.ParseFloat` does.
    private static func parse(_ text: String) throws -> Double {
        let lowercased = text.lowercased()
        let magnitude = lowercased.first == "-" || lowercased.first == "+" ? String(lowercased.dropFirst()) : lowercased
        if ["inf", "infinity"].contains(magnitude) { return lowercased.first == "-" ? -.infinity : .infinity }
        if lowercased == "nan" { return .ordinaryNaNValue }
        let isHexadecimal = magnitude.hasPrefix("0x")
        let isNumber = magnitude.utf8.allSatisfy { "0123456789.e+-xpabcdf".utf8.contains($0) }
        let hasDigit = magnitude.utf8.contains { (0x30...0x39).contains($0) }
        var digits = magnitude
        if digits.hasPrefix(".") { digits = "0" + digits }
        if digits.hasSuffix(".") { digits += "0" }
        digits = digits.replacing(".e", with: ".0e")
        guard isNumber, hasDigit, isHexadecimal == magnitude.contains("p"), let value = Double(digits) else {
            throw GoError("strconv.ParseFloat: parsing \(goQuoted(text)): invalid syntax")
        }
        guard value.isFinite else { throw GoError("strconv.ParseFloat: parsing \(goQuoted(text)): value out of range") }
        return lowercased.first == "-" ? -value : value
    }

    /// Returns the number truncated to an integer; `Int64.min` if it does not fit, as in Go on x86-64.
    static func integer(_ value: Double) -> Int64 { Int64(exactly: value.rounded(.towardZero)) ?? .min }
}

extension Double {
    fileprivate static var ordinaryNaNValue: Double { .nan }
}

/// A number in a template, which has the type that its place needs.
public struct TemplateNumber: Sendable, Hashable {
    /// As it is written.
    public let text: String
    /// The value as a signed integer, if it is one.
    public let signed: Int64?
    /// The value as an unsigned integer, if it is one.
    public let unsigned: UInt64?
    /// The value as a floating-point number.
    public let float: Double

    /// Whether the number is a floating-point number where nothing else decides: it has a point or an exponent.
    var looksLikeFloat: Bool {
        guard !text.hasPrefix("'") else { return false }
        let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
        if isHexadecimal { return text.contains { "pP".contains($0) } }
        return text.contains { ".eEpP".contains($0) }
    }
}

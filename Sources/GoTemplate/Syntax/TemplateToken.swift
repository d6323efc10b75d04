/// A piece of a template's text.
struct TemplateToken {
    let kind: TemplateTokenKind
    /// The offset of the first byte.
    let offset: Int
    /// The text, or what is wrong.
    let text: [UInt8]
    /// The line of the first byte, from 1.
    let line: Int

    /// As messages show it.
    var description: String {
        switch kind {
        case .end: return "EOF"
        case .error: return string
        case .keyword, .dot, .nilConstant: return "<\(string)>"
        default:
            guard text.count > 10 else { return String(decoding: GoQuoting.quoted(text), as: UTF8.self) }
            let start = Array(UTF8Bytes.prefix(text, 10))
            return String(decoding: GoQuoting.quoted(start), as: UTF8.self) + "..."
        }
    }

    var string: String { String(decoding: text, as: UTF8.self) }
}

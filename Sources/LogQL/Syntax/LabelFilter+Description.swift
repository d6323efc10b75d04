internal import GoTemplate
internal import KTSDBModel

extension LabelFilter: CustomStringConvertible {
    /// The filter in its canonical form; combinations in parentheses.
    public var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .text(let matcher): text += matcher.description
        case .number(let name, let comparison, let value): text += name + comparison.rawValue + goPlain(value)
        case .duration(let name, let comparison, let nanoseconds):
            text += name + comparison.rawValue + GoDuration.text(nanoseconds)
        case .bytes(let name, let comparison, let size): text += name + comparison.rawValue + SizeText.text(size)
        case .address(let name, let isNegated, let address):
            text += "\(name)\(isNegated ? "!=" : "=")ip(\(goQuoted(address)))"
        case .and(let left, let right): Self.write(left, ",", right, to: &text)
        case .or(let left, let right): Self.write(left, "or", right, to: &text)
        }
    }

    private static func write(_ left: LabelFilter, _ word: String, _ right: LabelFilter, to text: inout String) {
        text += "( "
        left.write(to: &text)
        text += " \(word) "
        right.write(to: &text)
        text += " )"
    }
}

extension TextMatcher: CustomStringConvertible {
    /// `name="value"`; names that are not like identifiers are in quotes.
    public var description: String {
        (isLabelName(name) ? name : goQuoted(name)) + operation.rawValue + goQuoted(value)
    }
}

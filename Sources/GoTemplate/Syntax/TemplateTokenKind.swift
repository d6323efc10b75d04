/// What a token is.
enum TemplateTokenKind: Equatable {
    case end, error, text
    case leftDelimiter, rightDelimiter, leftParenthesis, rightParenthesis
    case space, pipe, assign, declare
    /// Any other printable ASCII character.
    case character
    case bool, number, complexNumber, characterConstant, string, rawString
    case field, identifier, variable, dot, nilConstant
    case keyword(TemplateKeyword)

    /// Whether an operand may begin with it.
    var beginsOperand: Bool {
        switch self {
        case .bool, .characterConstant, .complexNumber, .dot, .field, .identifier, .number, .nilConstant, .rawString,
            .string, .variable, .leftParenthesis:
            true
        default: false
        }
    }
}

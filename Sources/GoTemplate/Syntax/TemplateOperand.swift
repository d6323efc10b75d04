/// A constant, a name, or a pipeline in parentheses.
public struct TemplateOperand: Sendable {
    /// What an operand is.
    public indirect enum Kind: Sendable {
        case bool(Bool)
        /// A text, and the literal with its quotes.
        case string(GoString, literal: String)
        case number(TemplateNumber)
        case null
        /// `.`
        case dot
        /// `.a.b`
        case field([String])
        /// `$x.a.b`: the name with `$`, and the fields.
        case variable(String, [String])
        /// `(…).a.b`, or a function's fields.
        case chain(TemplateOperand, [String])
        /// The name of a function.
        case function(String)
        case pipeline(TemplatePipeline)
    }

    /// The byte that messages name: where the operand begins, but for fields after others where the second one begins.
    public let offset: Int
    /// What it is.
    public let kind: Kind

    /// Whether it cannot be called: it may only be the first command of a pipeline.
    var isConstant: Bool {
        switch kind {
        case .bool, .dot, .null, .number, .string: true
        case .field, .variable, .chain, .function, .pipeline: false
        }
    }
}

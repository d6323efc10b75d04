/// Commands of which each gets the value of the one before as its last argument: `$x := a b | c`.
public struct TemplatePipeline: Sendable {
    /// The byte at which it begins.
    public let offset: Int
    /// The variables that take the value; two only for `range`.
    public internal(set) var variables: [TemplateOperand] = []
    /// Whether the variables exist already: `=` rather than `:=`.
    public internal(set) var isAssignment = false
    /// At least one.
    public internal(set) var commands: [TemplateCommand] = []
}

/// An operand, and perhaps its arguments: `printf "%d" 1`.
public struct TemplateCommand: Sendable {
    /// The byte at which it begins.
    public let offset: Int
    /// At least one.
    public internal(set) var operands: [TemplateOperand] = []
}

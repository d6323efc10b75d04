/// How much work a template may cause. What goes beyond ends with a ``TemplateError`` that names the limit.
public struct TemplateLimits: Hashable, Sendable {
    /// The bytes of a template's text.
    public var sourceBytes = 1 << 20
    /// How deep parentheses and blocks may be within each other in the text; each `{{else if}}` of a chain counts.
    public var parseDepth = 100
    /// What is evaluated: nodes of the syntax tree; 256 bytes of the texts that functions get and make, and 16 elements
    /// of the lists that they make, count as one.
    public var steps = 1_000_000
    /// The bytes of the output.
    public var outputBytes = 16 << 20
    /// The bytes of all texts that functions make during one execution.
    public var textBytes = 64 << 20
    /// How deep templates may call each other.
    public var callDepth = 100
    /// How deep blocks, parentheses and calls of templates may be within each other while they are executed: 200 need
    /// 300 KiB of stack, in builds without optimisation 2 MiB.
    public var executionDepth = 200

    /// The limits as they are above.
    public init() {}
}

public import KTSDBModel

/// `label_replace(v, "dst", "replacement", "src", "regex")`.
public struct LabelReplacement: Sendable {
    /// The series whose labels change.
    public var operand: LogQLExpression
    /// The label that is set.
    public var destination: String
    /// What it is set to: `$1` is the first group.
    public var replacement: String
    /// The label whose value is matched.
    public var source: String
    /// The compiled pattern, anchored at both ends.
    public var expression: RegularExpression

    /// Creates a replacement.
    public init(
        _ operand: LogQLExpression, destination: String, replacement: String, source: String,
        expression: RegularExpression
    ) {
        self.operand = operand
        self.destination = destination
        self.replacement = replacement
        self.source = source
        self.expression = expression
    }
}

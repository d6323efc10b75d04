/// A rule that stores the result of its expression as series of another name.
public struct RecordingRule: Hashable, Sendable {
    /// The name of the series.
    public var name: String
    /// The text of the expression.
    public var expression: String
    /// The labels that each series gets. An empty text removes the label.
    public var labels: NamedTexts

    /// Creates a rule.
    public init(name: String, expression: String, labels: NamedTexts = [:]) {
        self.name = name
        self.expression = expression
        self.labels = labels
    }
}

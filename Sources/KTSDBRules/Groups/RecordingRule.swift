/// A rule that stores its expression's result as series of another name.
public struct RecordingRule: Hashable, Sendable {
    /// The name of the series.
    public var name: String
    /// The text of the expression.
    public var expression: String
    /// Labels that each series gets; an empty text removes the label.
    public var labels: NamedTexts

    /// Creates a rule.
    public init(name: String, expression: String, labels: NamedTexts = [:]) {
        self.name = name
        self.expression = expression
        self.labels = labels
    }
}

/// A rule that creates an alert for each series that its expression returns.
public struct AlertingRule: Hashable, Sendable {
    /// The alert's name, its label `alertname`.
    public var name: String
    /// The text of the expression.
    public var expression: String
    /// How long the expression must return a series before its alert fires. Zero: the alert fires at once.
    public var holdDuration: Duration
    /// How long an alert continues to fire after the expression no longer returns its series.
    public var keepFiringFor: Duration
    /// The templates of labels that each alert gets. A template that expands to an empty text removes the label.
    public var labels: NamedTexts
    /// The templates of annotations that each alert gets.
    public var annotations: NamedTexts

    /// Creates a rule. `holdDuration` is what rule files call `for`.
    public init(
        name: String, expression: String, for holdDuration: Duration = .zero, keepFiringFor: Duration = .zero,
        labels: NamedTexts = [:], annotations: NamedTexts = [:]
    ) {
        self.name = name
        self.expression = expression
        self.holdDuration = holdDuration
        self.keepFiringFor = keepFiringFor
        self.labels = labels
        self.annotations = annotations
    }
}

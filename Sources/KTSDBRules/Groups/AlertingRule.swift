/// A rule that makes an alert of each series of its expression's result.
public struct AlertingRule: Hashable, Sendable {
    /// The alert's name, its label `alertname`.
    public var name: String
    /// The text of the expression.
    public var expression: String
    /// How long the expression must give a series before its alert fires. Zero: it fires at once.
    public var holdDuration: Duration
    /// How long an alert continues to fire after the expression gave its series last.
    public var keepFiringFor: Duration
    /// Labels that each alert gets; templates. An empty text removes the label.
    public var labels: NamedTexts
    /// What each alert says besides its labels; templates.
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

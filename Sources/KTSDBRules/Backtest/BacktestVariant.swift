/// The values that a back-test tries instead of those of the rule.
public struct BacktestVariant: Hashable, Sendable {
    /// The `for` to try; nil for that of the rule.
    public var holdDuration: Duration?
    /// The `keep_firing_for` to try; nil for that of the rule.
    public var keepFiringFor: Duration?
    /// The number to compare the expression with; nil for that of the rule.
    public var threshold: Double?

    /// Creates a variant. `holdDuration` is what rule files call `for`.
    public init(for holdDuration: Duration? = nil, keepFiringFor: Duration? = nil, threshold: Double? = nil) {
        self.holdDuration = holdDuration
        self.keepFiringFor = keepFiringFor
        self.threshold = threshold
    }

    /// Returns every combination of these values. An empty list means the rule's own value.
    public static func combinations(for holds: [Duration], thresholds: [Double]) -> [BacktestVariant] {
        let holds = holds.isEmpty ? [nil] : holds.map(Optional.some)
        let thresholds = thresholds.isEmpty ? [nil] : thresholds.map(Optional.some)
        return thresholds.flatMap { threshold in holds.map { BacktestVariant(for: $0, threshold: threshold) } }
    }

    /// Returns the rule with the values of the variant. - Throws: ``RuleError/query(_:)`` if there is a threshold and
    ///   the expression is not compared with a number, or an error of the language if the expression cannot be parsed.
    public func applied(to rule: AlertingRule, _ language: any RuleLanguage) throws -> AlertingRule {
        var rule = rule
        if let holdDuration { rule.holdDuration = holdDuration }
        if let keepFiringFor { rule.keepFiringFor = keepFiringFor }
        guard let threshold else { return rule }
        guard let expression = try language.prepare(rule.expression).comparing(with: threshold) else {
            throw RuleError.query("\(rule.expression) is not compared with a number, so there is no threshold to try")
        }
        rule.expression = expression.canonicalText
        return rule
    }
}

/// What a back-test tries instead of what the rule says.
public struct BacktestVariant: Hashable, Sendable {
    /// Instead of the rule's `for`; nil: the rule's.
    public var holdDuration: Duration?
    /// Instead of the rule's `keep_firing_for`.
    public var keepFiringFor: Duration?
    /// Instead of the number that the expression is compared with.
    public var threshold: Double?

    /// Creates a variant. `holdDuration` is what rule files call `for`.
    public init(for holdDuration: Duration? = nil, keepFiringFor: Duration? = nil, threshold: Double? = nil) {
        self.holdDuration = holdDuration
        self.keepFiringFor = keepFiringFor
        self.threshold = threshold
    }

    /// Every combination of these values; those of the rule where a list is empty.
    public static func combinations(for holds: [Duration], thresholds: [Double]) -> [BacktestVariant] {
        let holds = holds.isEmpty ? [nil] : holds.map(Optional.some)
        let thresholds = thresholds.isEmpty ? [nil] : thresholds.map(Optional.some)
        return thresholds.flatMap { threshold in holds.map { BacktestVariant(for: $0, threshold: threshold) } }
    }

    /// Returns the rule with what is tried.
    /// - Throws: ``RuleError/query(_:)`` if the expression is not compared with a number.
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

/// A rule that runs, as the API shows it.
public struct RuleStatus: Sendable {
    /// The rule as its file has it.
    public var rule: Rule
    /// Its expression as the language writes it.
    public var expression: String
    /// What is known of it.
    public var state: RuleState
    /// When its last evaluation began, by the wall clock; nil before the first one.
    public var lastEvaluation: PreciseTime?
    /// How long that took.
    public var duration: Duration
}

extension GroupEvaluator {
    /// The rules in their order.
    public var rules: [RuleStatus] {
        zip(zip(group.rules, prepared.expressions), state.rules).map { rule, runtime in
            RuleStatus(
                rule: rule.0, expression: rule.1.canonicalText, state: runtime.state,
                lastEvaluation: runtime.lastEvaluation, duration: runtime.duration)
        }
    }

    /// How often the group was evaluated, and with what result.
    public var statistics: GroupStatistics { state.statistics }
}

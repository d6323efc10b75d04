/// Takes note of how long evaluations take, for metrics. Safe for use by any number of threads at once.
public protocol RuleTimings: Sendable {
    /// A rule was evaluated.
    func evaluatedRule(in duration: Duration)
    /// All rules of a group were evaluated.
    func evaluatedGroup(in duration: Duration)
}

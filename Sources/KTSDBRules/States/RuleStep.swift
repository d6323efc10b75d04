public import KTSDBModel

/// The result of one evaluation of a rule.
public struct RuleStep: Sendable {
    /// The rule's state after the evaluation.
    public var state: RuleState
    /// The samples to store, all at ``time``.
    public var samples: [RuleSample] = []
    /// The series that have ended and get a staleness marker at ``time``.
    public var endedSeries: [Labels] = []
    /// The time of the samples and staleness markers.
    public var time: Timestamp
    /// Why the evaluation failed; nil if it succeeded.
    public var error: RuleError?

    /// Creates the step of a successful evaluation. Series that `old` wrote and `state` does not have ended.
    init(from old: RuleState, to state: RuleState, samples: [RuleSample], in context: RuleContext) {
        self.state = state
        self.state.health = .ok
        self.state.evaluatedAt = context.time
        self.samples = samples
        endedSeries = old.written.ended(in: state.written)
        time = context.queryTime
    }

    /// Creates the step of a failed evaluation. It stores neither samples nor staleness markers, and the next
    /// evaluation is compared with the last successful one.
    init(_ error: RuleError, _ state: RuleState, in context: RuleContext) {
        self.state = state
        self.state.health = .failed(error)
        self.error = error
        time = context.queryTime
    }
}

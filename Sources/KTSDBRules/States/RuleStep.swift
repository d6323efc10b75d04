public import KTSDBModel

/// What one evaluation of a rule comes to.
public struct RuleStep: Sendable {
    /// The rule's state from now on.
    public var state: RuleState
    /// The samples to store, all at ``time``.
    public var samples: [RuleSample] = []
    /// The series that have ended, which get a staleness marker at ``time``.
    public var endedSeries: [Labels] = []
    /// When the samples are.
    public var time: Timestamp
    /// Why there is nothing to store; nil if the evaluation succeeded.
    public var error: RuleError?

    /// A step that succeeded: `state` has what is written from now on.
    init(from old: RuleState, to state: RuleState, samples: [RuleSample], in context: RuleContext) {
        self.state = state
        self.state.health = .ok
        self.state.evaluatedAt = context.time
        self.samples = samples
        endedSeries = old.written.ended(in: state.written)
        time = context.queryTime
    }

    /// A step that failed: nothing is stored, no marker either, and the next evaluation is compared with the last that
    /// succeeded.
    init(_ error: RuleError, _ state: RuleState, in context: RuleContext) {
        self.state = state
        self.state.health = .failed(error)
        self.error = error
        time = context.queryTime
    }
}

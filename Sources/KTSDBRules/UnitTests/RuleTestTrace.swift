public import KTSDBModel

/// The evaluations of one alerting rule during a test.
public struct RuleTestTrace: Hashable, Sendable {
    /// The rule's group.
    public var group: GroupKey
    /// The rule.
    public var rule: AlertingRule
    /// The evaluations, in their order.
    public var steps: [Step] = []

    /// One evaluation.
    public struct Step: Hashable, Sendable {
        /// The time of the evaluation, from the start of the test.
        public var time: Duration
        /// The parts that the expression compares or combines, with their results; the whole expression if it does
        /// neither.
        public var operands: [Operand]
        /// The pending and firing alerts of the rule.
        public var alerts: [TracedAlert]
        /// Why the evaluation failed; nil if it did not.
        public var error: String?
    }

    /// A part of an expression and its result at one time.
    public struct Operand: Hashable, Sendable {
        /// The part as PromQL writes it.
        public var text: String
        /// The samples; empty if the part returned none, or its evaluation failed.
        public var samples: [RuleSample]
    }

    /// An alert after an evaluation.
    public struct TracedAlert: Hashable, Sendable {
        /// Its labels.
        public var labels: Labels
        /// Whether it is pending or firing.
        public var state: AlertState
        /// When it became active, from the start of the test.
        public var activeAt: Duration
    }
}

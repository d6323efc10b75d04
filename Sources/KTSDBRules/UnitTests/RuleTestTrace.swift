public import KTSDBModel

/// What one alerting rule did while a test ran, evaluation by evaluation.
public struct RuleTestTrace: Hashable, Sendable {
    /// The rule's group.
    public var group: GroupKey
    /// The rule.
    public var rule: AlertingRule
    /// The evaluations, in their order.
    public var steps: [Step] = []

    /// One evaluation.
    public struct Step: Hashable, Sendable {
        /// When, from the start of the test.
        public var time: Duration
        /// The parts that the expression compares or combines, and what they gave; the whole if it does neither.
        public var operands: [Operand]
        /// The alerts of the rule, those that are pending among them.
        public var alerts: [TracedAlert]
        /// Why the evaluation failed; nil if it did not.
        public var error: String?
    }

    /// A part of an expression and its result at one time.
    public struct Operand: Hashable, Sendable {
        /// The part as PromQL writes it.
        public var text: String
        /// The samples; empty if the part gave nothing.
        public var samples: [RuleSample]
    }

    /// An alert after an evaluation.
    public struct TracedAlert: Hashable, Sendable {
        /// Its labels.
        public var labels: Labels
        /// Whether it waits or fires.
        public var state: AlertState
        /// Since when the expression gives it, from the start of the test.
        public var activeAt: Duration
    }
}

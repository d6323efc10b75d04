public import KTSDBModel

/// The time and the limits of an evaluation of a rule.
public struct RuleContext: Hashable, Sendable {
    /// The time of the evaluation, the same for all rules of the group.
    public var time: PreciseTime
    /// How far before ``time`` the query is evaluated and its results are stored.
    public var queryOffset: Duration
    /// How many alerts or series the rule may produce; no limit if it is 0 or less.
    public var limit: Int
    /// How many alerts ktsdb keeps of one rule, and how long their texts may be.
    public var bounds = RuleBounds()

    /// Creates a context.
    public init(time: PreciseTime, queryOffset: Duration = .zero, limit: Int = 0, bounds: RuleBounds = .init()) {
        self.time = time
        self.queryOffset = queryOffset
        self.limit = limit
        self.bounds = bounds
    }

    /// When the query is evaluated and its results are stored.
    public var queryTime: Timestamp { (time - queryOffset).timestamp }
}

/// Limits that apply to every rule, whatever its rule file says.
public struct RuleBounds: Hashable, Sendable {
    /// The most alerts of one rule.
    public var alerts = 500_000
    /// The most bytes of one expanded label or annotation. A longer text is replaced by a text with an error.
    public var textBytes = 1 << 20

    /// Creates the default bounds.
    public init() {}
}

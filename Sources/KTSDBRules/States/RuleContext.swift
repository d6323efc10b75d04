public import KTSDBModel

/// What an evaluation of a rule has to know besides the rule and its state.
public struct RuleContext: Hashable, Sendable {
    /// The time of the evaluation, the same for all rules of the group.
    public var time: PreciseTime
    /// How far before ``time`` the query looks, and its results are stored.
    public var queryOffset: Duration
    /// How many alerts or series the rule may give; 0 and less: any number.
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

/// What no rule may exceed, whatever its file says.
public struct RuleBounds: Hashable, Sendable {
    /// Alerts of one rule.
    public var alerts = 500_000
    /// Bytes of one expanded label or annotation; a longer text is replaced by an error text.
    public var textBytes = 1 << 20

    /// The defaults.
    public init() {}
}

/// What a database keeps: how long, and how much. Whatever limit is reached first applies.
public struct RetentionLimits: Hashable, Sendable {
    /// How long samples are kept, counted back from the clock or the newest sample, whichever is earlier; nil for no
    /// limit.
    public var age: Duration?
    /// Series that are kept for another time than ``age``, shorter or longer.
    public var rules = RetentionRules.none
    /// How many bytes the database may take: blocks, the log and checkpoints; nil for no limit.
    public var byteLimit: UInt64?
    /// Which part of its disk the database may take, in percent of the disk's size; nil for no limit. Takes precedence
    /// over ``byteLimit``.
    public var diskPercentage: Double?

    /// Creates limits; by default everything is kept.
    public init(
        age: Duration? = nil, byteLimit: UInt64? = nil, diskPercentage: Double? = nil, rules: RetentionRules = .none
    ) {
        self.age = age
        self.rules = rules
        self.byteLimit = byteLimit
        self.diskPercentage = diskPercentage
    }
}

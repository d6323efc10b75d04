public import KTSDBModel

/// The state of retention, and how the clocks affect it.
public struct RetentionStatistics: Hashable, Sendable {
    /// How long samples are kept; nil keeps all.
    public var retention: Duration?
    /// Samples before this time are too old, whatever their series: queries do not show them. nil shows all.
    public var horizon: Timestamp?
    /// The rules, each with its own horizon.
    public var rules: [RetentionRuleStatistics] = []
    /// How far the wall clock has jumped, if it jumped by more than an hour while the database was
    /// open. Then nothing is removed or hidden until the clock is back or ``Database/confirmClock()`` says that it is
    /// right.
    public var pausedByClockJump: Duration?
    /// Whether blocks that are too old are removed slowly, one or a tenth of all each hour: after an opening with a
    /// clock far ahead of the last one, or when a shorter retention was set.
    public var isCatchingUp = false
    /// How many blocks are too old and not removed yet.
    public var expiredBlocks = 0
    /// How many blocks are to be written again without series that became too old before others in them.
    public var blocksToRewrite = 0
    /// How far the newest sample is ahead of the clock; zero when it is not.
    /// ``Database/dropFuture(ahead:)`` removes samples that were stored while the clock was wrong.
    public var newestAhead = Duration.zero
    /// How many blocks were removed since the database was opened because they were too old.
    public var removedBlocks = 0
    /// How many blocks were written again since the database was opened without series that had become too old, and how
    /// many samples that removed.
    public var rewrittenBlocks = 0, removedSamples: UInt64 = 0
    /// The sizes that limit the database, and what it takes.
    public var size = SizeRetentionStatistics()
    /// Why blocks could not be removed, or why the database takes more than its limit; it is tried again.
    public var failure: String?
    /// How often removing blocks has failed since the database was opened.
    public var failures = 0

    /// Creates the statistics of a database that keeps everything.
    public init() {}
}

/// What a retention rule does now.
public struct RetentionRuleStatistics: Hashable, Sendable {
    /// The rule's name.
    public var name: String
    /// How long the samples of its series are kept.
    public var keep: Duration
    /// Samples of its series before this time are too old: queries do not show them. nil shows all.
    public var horizon: Timestamp?
}

/// The limit on a database's size, and what it takes. All sizes are in bytes.
public struct SizeRetentionStatistics: Hashable, Sendable {
    /// The number of bytes that was set as the limit; nil if none was.
    public var byteLimit: UInt64?
    /// The part of the disk that was set as the limit, in percent; nil if none was.
    public var diskPercentage: Double?
    /// The limit in force: the percentage of the disk if there is one, otherwise ``byteLimit``.
    public var limit: UInt64?
    /// What the database takes: blocks, the log, checkpoints and the MANIFEST. Snapshots share their blocks with the
    /// database by hard links and do not count; nor does what was set aside.
    public var used: UInt64 = 0
    /// What is kept free of the limit for the next compaction, or for the next seal and checkpoint, and for the log.
    public var reserved: UInt64 = 0
    /// How often blocks were removed since the database was opened because of the limit, and how many.
    public var removals = 0, removedBlocks = 0

    /// Creates the statistics of a database without a limit.
    public init() {}
}

public import KTSDBModel

/// The state of retention, and how the clocks affect it.
public struct RetentionStatistics: Hashable, Sendable {
    /// How long samples are kept; nil keeps all.
    public var retention: Duration?
    /// Samples before this time are too old: queries do not show them. nil shows all.
    public var horizon: Timestamp?
    /// How far the wall clock has jumped, if it jumped by more than an hour while the database was
    /// open. Then nothing is removed or hidden until the clock is back or ``Database/confirmClock()`` says that it is
    /// right.
    public var pausedByClockJump: Duration?
    /// Whether blocks that are too old are removed slowly, one or a tenth of all each hour: after an opening with a
    /// clock far ahead of the last one, or when a shorter retention was set.
    public var isCatchingUp = false
    /// How many blocks are too old and not removed yet.
    public var expiredBlocks = 0
    /// How far the newest sample is ahead of the clock; zero when it is not.
    /// ``Database/dropFuture(ahead:)`` removes samples that were stored while the clock was wrong.
    public var newestAhead = Duration.zero
    /// How many blocks were removed since the database was opened.
    public var removedBlocks = 0
    /// Why blocks could not be removed, if they could not; it is tried again.
    public var failure: String?

    /// Creates the statistics of a database that keeps everything.
    public init() {}
}

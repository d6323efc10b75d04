/// How retention goes on, and what clocks have to do with it.
public struct RetentionStatistics: Hashable, Sendable {
    /// How long samples are kept; nil keeps all.
    public var retention: Duration?
    /// Samples before this time, in milliseconds since the Unix epoch, are too old: queries do not show them. nil shows
    /// all.
    public var horizon: Int64?
    /// How far the wall clock has left the line, in milliseconds, when it jumped by more than an hour while the
    /// database was open: nothing is removed then and nothing hidden, until the clock is back or
    /// ``Database/confirmClock()`` says that it is right.
    public var pausedByClockJump: Int64?
    /// Whether blocks that are too old go slowly, one or a tenth of all each hour: after a start with a clock far ahead
    /// of the last one, or when a shorter retention was set.
    public var isCatchingUp = false
    /// Blocks that are too old and still there.
    public var expiredBlocks = 0
    /// How far the newest sample lies ahead of the clock, in milliseconds; 0 when it does not.
    /// ``Database/dropFuture(ahead:)`` removes samples that came while the clock was wrong.
    public var newestAhead: Int64 = 0
    /// Blocks that were removed since the database was opened.
    public var removedBlocks = 0
    /// Why blocks could not be removed, when they could not; it is tried again.
    public var failure: String?

    /// Figures of a database that keeps all.
    public init() {}
}

internal import KTSDBModel
internal import Synchronization

/// The head's part of the database's configuration.
struct HeadConfiguration: Sendable {
    /// The largest number of series in memory.
    var seriesLimit: Int = .max
    /// Limits on the labels of a series that samples are appended to.
    var labelLimits = LabelLimits.none
    /// The wall clock, in milliseconds, by which new series belong to a day.
    var now: @Sendable () -> Int64 = { 0 }
    /// What counts the head's memory, and says whether there is room for new series.
    var memory = MemoryLedger()

    init() {}
}

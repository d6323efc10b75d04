internal import KTSDBModel
internal import Synchronization

/// The head's part of the database's configuration.
struct HeadConfiguration: Sendable {
    /// The largest number of series in memory.
    var seriesLimit: Int = .max
    /// Limits on the labels of a series that samples are appended to.
    var labelLimits = LabelLimits.none

    init() {}
}

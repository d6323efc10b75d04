internal import KTSDBModel
internal import Synchronization

/// What the head must know of the database's configuration.
struct HeadConfiguration: Sendable {
    /// Series that may be in memory at once.
    var seriesLimit: Int = .max
    /// How long the labels of a series may be that samples are appended to.
    var labelLimits = LabelLimits.none

    init() {}
}

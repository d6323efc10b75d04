/// Names a series of one open database: resolve it once with ``Batch/series(_:)``, then append to it without a hash or
/// an allocation.
///
/// A series that has got no samples for a while leaves memory; its `SeriesID` then is no longer current
/// (``Batch/isCurrent(_:)``) and has to be resolved again. An id is never given to another series.
@frozen
public struct SeriesID: Hashable, Sendable, BitwiseCopyable {
    /// Never reused, also not after a restart: what the log calls the series.
    @usableFromInline package var number: UInt64
    /// Where the series is in memory now.
    @usableFromInline package var slot: UInt32

    @inlinable
    package init(number: UInt64, slot: UInt32) {
        self.number = number
        self.slot = slot
    }

    /// What `series(_:)` gives for a series that a limit keeps out; appends to it are counted as rejected.
    static let refused = SeriesID(number: 0, slot: .max)

    /// Stands for a series that ``Batch/known(in:at:)`` has not met.
    package static let unknown = SeriesID(number: 1, slot: .max)
}

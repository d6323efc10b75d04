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

    /// What `series(_:)` gives for a series that the limit of series keeps out; appends to it are counted as rejected.
    static let refused = SeriesID(number: 0, slot: .max)
    /// The same for labels that are none, and for those that are over a limit.
    static let withoutLabels = SeriesID(number: 2, slot: .max), overLabelLimit = SeriesID(number: 3, slot: .max)

    /// The same for a new series all of whose samples in the batch are too old or too far in the future.
    static let outOfBounds = SeriesID(number: 4, slot: .max)

    /// Whether it names no series.
    var isRefused: Bool { slot == .max }

    /// Why appends are rejected that go to the refused id with this number.
    static func reason(ofRefused number: UInt64) -> RejectionReason {
        switch number {
        case withoutLabels.number: .invalidLabels
        case overLabelLimit.number: .labelLimit
        default: .seriesLimit
        }
    }

    /// Stands for a series that ``Batch/known(in:at:)`` has not met.
    package static let unknown = SeriesID(number: 1, slot: .max)
}

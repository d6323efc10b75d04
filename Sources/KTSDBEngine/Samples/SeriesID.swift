/// Names a series of one open database: resolve it once with ``Batch/series(_:)``, then append to it without a hash or
/// an allocation.
///
/// A series that has got no samples for a while leaves memory; its `SeriesID` then is no longer current
/// (``Batch/isCurrent(_:)``) and has to be resolved again. An id is never given to another series, and an id of another
/// database is refused (``RejectionReason/foreignSeriesID``).
@frozen
public struct SeriesID: Hashable, Sendable, BitwiseCopyable {
    /// Never reused, also not after a restart: what the log calls the series.
    @usableFromInline package var number: UInt64
    /// Where the series is in memory now.
    @usableFromInline package var slot: UInt32
    /// The open database that gave the id, by a random number; 0 for ids that name no series or stay within one
    /// database.
    @usableFromInline package var owner: UInt32

    @inlinable
    package init(number: UInt64, slot: UInt32, owner: UInt32 = 0) {
        self.number = number
        self.slot = slot
        self.owner = owner
    }

    /// The id as the database `owner` takes it: an id of another one is replaced by one whose appends are rejected.
    @inlinable
    func checked(by owner: UInt32) -> SeriesID {
        self.owner == owner || slot == .max ? self : SeriesID(number: Self.foreignNumber, slot: .max)
    }

    @usableFromInline static let foreignNumber: UInt64 = 5

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
        case foreignNumber: .foreignSeriesID
        default: .seriesLimit
        }
    }

    /// Stands for a series that ``Batch/known(in:at:)`` has not met.
    package static let unknown = SeriesID(number: 1, slot: .max)
}

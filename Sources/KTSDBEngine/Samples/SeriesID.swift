/// Identifies a series of one open database. Resolve it once with ``Batch/series(_:)``, then append to it without a
/// hash or an allocation.
///
/// A series that has had no samples for a while leaves memory. Its `SeriesID` is then no longer current
/// (``Batch/isCurrent(_:)``) and has to be resolved again. No other series ever gets the id, and an id of another
/// database is rejected (``RejectionReason/foreignSeriesID``).
@frozen
public struct SeriesID: Hashable, Sendable, BitwiseCopyable {
    /// The series' number in the log. It is never reused, not even after a restart.
    @usableFromInline package var number: UInt64
    /// Where the series is in memory now.
    @usableFromInline package var slot: UInt32
    /// A random number of the open database that made the id; 0 for ids that name no series or stay within one
    /// database.
    @usableFromInline package var owner: UInt32

    @inlinable
    package init(number: UInt64, slot: UInt32, owner: UInt32 = 0) {
        self.number = number
        self.slot = slot
        self.owner = owner
    }

    /// Returns the id as the database `owner` accepts it. An id of another database is replaced by one whose appends
    /// are rejected.
    @inlinable
    func checked(by owner: UInt32) -> SeriesID {
        self.owner == owner || slot == .max ? self : SeriesID(number: Self.foreignNumber, slot: .max)
    }

    @usableFromInline static let foreignNumber: UInt64 = 5

    /// The id that `series(_:)` returns for a series beyond the limit of series; appends to it are counted as rejected.
    static let refused = SeriesID(number: 0, slot: .max)
    /// The id for a series that the memory limit keeps out.
    static let withoutMemory = SeriesID(number: 6, slot: .max)
    /// The ids for series that a limit of their group keeps out.
    static let overGroupLimit = SeriesID(number: 7, slot: .max), overDailyLimit = SeriesID(number: 8, slot: .max)
    /// The ids for empty labels, and for labels over a limit; appends to them are counted as rejected.
    static let withoutLabels = SeriesID(number: 2, slot: .max), overLabelLimit = SeriesID(number: 3, slot: .max)

    /// The id for a new series all of whose samples in the batch are too old or too far in the future.
    static let outOfBounds = SeriesID(number: 4, slot: .max)

    /// Whether the id names no series.
    var isRefused: Bool { slot == .max }

    /// Returns why appends to the refused id with this number are rejected.
    static func reason(ofRefused number: UInt64) -> RejectionReason {
        switch number {
        case withoutLabels.number: .invalidLabels
        case overLabelLimit.number: .labelLimit
        case foreignNumber: .foreignSeriesID
        case withoutMemory.number: .memoryLimit
        case overGroupLimit.number: .seriesGroupLimit
        case overDailyLimit.number: .dailySeriesLimit
        default: .seriesLimit
        }
    }

    /// The id for a series that ``Batch/known(in:at:)`` has not seen.
    package static let unknown = SeriesID(number: 1, slot: .max)
}

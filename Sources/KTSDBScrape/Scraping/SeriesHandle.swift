internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// What the cache keeps about a series: the series of the database, or that the rules drop it; and the group whose
/// start time the series shares or gives.
struct SeriesHandle: BitwiseCopyable, Sendable {
    let id: SeriesID
    /// Two bits of state; the lower bits have the number of a group of ``StartTimes`` plus one, or zero.
    private let bits: UInt32

    private static let droppedBit: UInt32 = 1 << 31, resolvedBit: UInt32 = 1 << 30

    private init(_ id: SeriesID, bits: UInt32) {
        self.id = id
        self.bits = bits
    }

    /// A group number that does not fit into 30 bits counts as no group.
    private init(state: UInt32, place: UInt64 = .max, _ group: StartTimes.Group?) {
        let number = group.map { $0 < Self.resolvedBit - 1 ? $0 + 1 : 0 } ?? 0
        self.init(SeriesID(number: place, slot: .max), bits: state | number)
    }

    /// Returns the handle of a series that the batch with its first sample will name. Until then, its labels are at the
    /// index `place` of the waiting labels.
    static func unresolved(_ place: Int, _ group: StartTimes.Group?) -> SeriesHandle {
        SeriesHandle(state: 0, place: UInt64(place), group)
    }
    static let dropped = SeriesHandle(state: droppedBit, nil)
    /// Returns the handle of a line that is not a series, but gives the start time of a group.
    static func creationTime(_ group: StartTimes.Group) -> SeriesHandle { SeriesHandle(state: droppedBit, group) }

    /// Returns the same handle with the name of a series.
    func resolved(_ id: SeriesID) -> SeriesHandle { SeriesHandle(id, bits: bits | Self.resolvedBit) }

    /// The index of an unresolved series' labels.
    var place: Int { Int(id.number) }
    var isResolved: Bool { bits & Self.resolvedBit != 0 }
    var isDropped: Bool { bits & Self.droppedBit != 0 }
    var isCreationTime: Bool { isDropped && group != nil }
    /// The group whose start time the series shares or gives.
    var group: StartTimes.Group? {
        let number = bits & (Self.resolvedBit - 1)
        return number == 0 ? nil : number - 1
    }
}

internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// What the cache keeps of a series: which one of the database it is, or that the rules drop it; and whose start of
/// counting it has, or tells.
struct SeriesHandle: BitwiseCopyable, Sendable {
    let id: SeriesID
    /// Two bits of state, and below them the number of a group of ``StartTimes`` plus one, or zero.
    private let bits: UInt32

    private static let droppedBit: UInt32 = 1 << 31, resolvedBit: UInt32 = 1 << 30

    private init(_ id: SeriesID, bits: UInt32) {
        self.id = id
        self.bits = bits
    }

    /// A group beyond what the bits can hold, a thousand million, is none.
    private init(state: UInt32, place: UInt64 = .max, _ group: StartTimes.Group?) {
        let number = group.map { $0 < Self.resolvedBit - 1 ? $0 + 1 : 0 } ?? 0
        self.init(SeriesID(number: place, slot: .max), bits: state | number)
    }

    /// To be named by the batch that takes its first sample; until then its labels are at `place` of those that wait.
    static func unresolved(_ place: Int, _ group: StartTimes.Group?) -> SeriesHandle {
        SeriesHandle(state: 0, place: UInt64(place), group)
    }
    static let dropped = SeriesHandle(state: droppedBit, nil)
    /// No series, but a line that tells when those of a group began.
    static func telling(_ group: StartTimes.Group) -> SeriesHandle { SeriesHandle(state: droppedBit, group) }

    /// The same with a name.
    func resolved(_ id: SeriesID) -> SeriesHandle { SeriesHandle(id, bits: bits | Self.resolvedBit) }

    /// Where the labels of an unresolved series are.
    var place: Int { Int(id.number) }
    var isResolved: Bool { bits & Self.resolvedBit != 0 }
    var isDropped: Bool { bits & Self.droppedBit != 0 }
    var isTelling: Bool { isDropped && group != nil }
    /// The group whose start of counting it has or tells.
    var group: StartTimes.Group? {
        let number = bits & (Self.resolvedBit - 1)
        return number == 0 ? nil : number - 1
    }
}

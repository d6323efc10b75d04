internal import Synchronization

/// The time columns of a block that were decoded last, shared by all readers: the series of a query have mostly the same.
///
/// At most 64 of them, half a megabyte.
final class TimeColumnCache: Sendable {
    private static let slotCount = 64

    private struct Slot {
        var column = -1
        var times: [Int64] = []
    }

    private let slots = Mutex<[Slot]>([])

    func find(_ column: Int) -> [Int64]? {
        slots.withLock { slots in
            guard !slots.isEmpty, slots[column % Self.slotCount].column == column else { return nil }
            return slots[column % Self.slotCount].times
        }
    }

    func insert(_ column: Int, _ times: [Int64]) {
        slots.withLock { slots in
            if slots.isEmpty { slots = Array(repeating: Slot(), count: Self.slotCount) }
            slots[column % Self.slotCount] = Slot(column: column, times: times)
        }
    }

    func removeAll() { slots.withLock { $0 = [] } }
}

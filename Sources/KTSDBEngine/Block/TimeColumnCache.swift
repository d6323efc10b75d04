internal import Synchronization

/// The time columns of a block that were decoded last, shared by all readers, because most series of a query have the
/// same times.
///
/// At most 256 columns, and 1 MiB: when that is full, all are dropped.
final class TimeColumnCache: Sendable {
    private static let slotCount = 256
    private static let byteLimit = 1 << 20

    private struct Slot {
        var column = -1
        var times: [Int64] = []
    }

    private struct State {
        var slots: [Slot] = []
        var byteCount = 0
    }

    private let state = Mutex(State())

    func find(_ column: Int) -> [Int64]? {
        state.withLock { state in
            guard !state.slots.isEmpty, state.slots[column % Self.slotCount].column == column else { return nil }
            return state.slots[column % Self.slotCount].times
        }
    }

    func insert(_ column: Int, _ times: [Int64]) {
        state.withLock { state in
            if state.byteCount + 8 * times.count > Self.byteLimit { state = State() }
            if state.slots.isEmpty { state.slots = Array(repeating: Slot(), count: Self.slotCount) }
            let place = column % Self.slotCount
            state.byteCount += 8 * (times.count - state.slots[place].times.count)
            state.slots[place] = Slot(column: column, times: times)
        }
    }

    /// The bytes of the columns that are kept.
    var byteCount: Int { state.withLock { $0.byteCount } }

    func removeAll() { state.withLock { $0 = State() } }
}

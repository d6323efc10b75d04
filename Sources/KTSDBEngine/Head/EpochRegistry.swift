internal import Synchronization

/// The open views and the batches that are being filled, by the epoch in which they began.
///
/// The epoch counts up with each view that is opened and each round of retired series. A slot that was retired in epoch
/// e may be reused when no view or batch from before e is left. Appends save undo entries only for open views.
final class EpochRegistry: Sendable {
    private struct State {
        var epoch: UInt32 = 0
        var views: [UInt32: Int] = [:]
        var batches: [UInt32: Int] = [:]
    }
    private let state = Mutex(State())

    /// The current epoch, and whether any view is open.
    var current: (epoch: UInt32, hasViews: Bool) { state.withLock { ($0.epoch, !$0.views.isEmpty) } }

    /// Opens a view in a new epoch, and returns the epoch.
    func openView() -> UInt32 {
        state.withLock { state in
            state.epoch += 1
            state.views[state.epoch] = 1
            return state.epoch
        }
    }

    func closeView(_ epoch: UInt32) { state.withLock { $0.views[epoch] = nil } }

    /// Begins a batch in the current epoch, and returns the epoch.
    func openBatch() -> UInt32 {
        state.withLock { state in
            state.batches[state.epoch, default: 0] += 1
            return state.epoch
        }
    }

    func closeBatch(_ epoch: UInt32) {
        state.withLock { state in
            if let count = state.batches[epoch] { state.batches[epoch] = count == 1 ? nil : count - 1 }
        }
    }

    /// Starts a new epoch and returns it. Views and batches that begin from now on cannot find the series that were
    /// retired before.
    func advance() -> UInt32 {
        state.withLock { state in
            state.epoch += 1
            return state.epoch
        }
    }

    /// The epoch of the oldest open view.
    var oldestView: UInt32? { state.withLock { $0.views.keys.min() } }

    /// The epoch of the oldest view or batch; `UInt32.max` if none is open.
    var oldest: UInt32 {
        state.withLock { state in min(state.views.keys.min() ?? .max, state.batches.keys.min() ?? .max) }
    }
}

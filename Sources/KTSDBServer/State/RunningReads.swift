internal import PromQL
internal import Synchronization

/// The queries and other reads that run or wait, so that all can be ended when the server stops.
final class RunningReads: Sendable {
    private struct State {
        var isStopped = false
        var nextNumber: UInt64 = 0
        var cancellations: [UInt64: QueryCancellation] = [:]
    }

    private let state = Mutex(State())

    /// Notes that a read begins; ``cancelAll()`` sets its `cancellation`.
    /// - Returns: The number to pass to ``end(_:)``.
    func begin(_ cancellation: QueryCancellation) -> UInt64 {
        let (number, isStopped) = state.withLock { state in
            state.nextNumber += 1
            state.cancellations[state.nextNumber] = cancellation
            return (state.nextNumber, state.isStopped)
        }
        if isStopped { cancellation.cancel() }
        return number
    }

    /// Notes that a read has ended.
    func end(_ number: UInt64) { state.withLock { $0.cancellations[number] = nil } }

    /// Ends all running reads, and those that begin from now on.
    func cancelAll() {
        let all = state.withLock { state in
            state.isStopped = true
            return Array(state.cancellations.values)
        }
        for cancellation in all { cancellation.cancel() }
    }
}

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

    /// Runs `body`, whose flag ``cancelAll()`` sets.
    func run<Value>(_ cancellation: QueryCancellation, _ body: () async throws -> Value) async throws -> Value {
        let (number, isStopped) = state.withLock { state in
            state.nextNumber += 1
            state.cancellations[state.nextNumber] = cancellation
            return (state.nextNumber, state.isStopped)
        }
        if isStopped { cancellation.cancel() }
        defer { state.withLock { state in state.cancellations[number] = nil } }
        return try await body()
    }

    /// Ends what runs, and what begins from now on.
    func cancelAll() {
        let all = state.withLock { state in
            state.isStopped = true
            return Array(state.cancellations.values)
        }
        for cancellation in all { cancellation.cancel() }
    }
}

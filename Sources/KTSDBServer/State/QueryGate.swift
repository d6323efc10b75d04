internal import Synchronization

/// Lets a limited number of queries run at once; the others wait for their turn, first come, first served.
package final class QueryGate: Sendable {
    /// Why a query did not get its turn.
    package enum Refusal: Error {
        case cancelled
        case timeout
    }

    private struct State {
        var running = 0
        var waiting: [Waiter] = []
        /// Whether turns are no longer given.
        var isClosed = false
    }

    private struct Waiter {
        var turn: QueryTurn
        var continuation: CheckedContinuation<Refusal?, Never>
    }

    /// The number of queries that may run at once.
    let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) { self.limit = limit }

    /// The number of queries that run or wait.
    package var count: Int { state.withLock { $0.running + $0.waiting.count } }

    /// Runs `body` when its turn comes; waits for that no longer than `timeout`.
    /// - Throws: ``Refusal`` if there is no turn, and what `body` throws.
    package func withTurn<Value>(
        _ turn: QueryTurn = QueryTurn(), within timeout: Duration, _ body: () async throws -> Value
    ) async throws -> Value {
        try await enter(turn, within: timeout)
        defer { leave() }
        return try await body()
    }

    private func enter(_ turn: QueryTurn, within timeout: Duration) async throws(Refusal) {
        let isFree = state.withLock { state in
            guard state.running < limit, !state.isClosed else { return false }
            state.running += 1
            return true
        }
        if isFree { return }
        let timer = Task {
            try await Task.sleep(for: timeout)
            giveUp(turn, .timeout)
        }
        defer { timer.cancel() }
        let refusal = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(for: turn, $0) }
        } onCancel: {
            giveUp(turn, .cancelled)
        }
        if let refusal { throw refusal }
    }

    private func wait(for turn: QueryTurn, _ continuation: CheckedContinuation<Refusal?, Never>) {
        enum Decision { case wait, go, refuse(Refusal) }
        let decision: Decision = state.withLock { state in
            if let refusal = turn.refusal ?? (state.isClosed ? .cancelled : nil) { return .refuse(refusal) }
            if state.running < limit {
                state.running += 1
                return .go
            }
            state.waiting.append(Waiter(turn: turn, continuation: continuation))
            return .wait
        }
        switch decision {
        case .wait: break
        case .go: continuation.resume(returning: nil)
        case .refuse(let refusal): continuation.resume(returning: refusal)
        }
    }

    /// Gives up a turn: it stops waiting, or does not begin to wait. A turn that has come is left alone.
    func giveUp(_ turn: QueryTurn, _ refusal: Refusal) {
        let waiter: Waiter? = state.withLock { state in
            turn.refuse(refusal)
            return state.waiting.firstIndex { $0.turn === turn }.map { state.waiting.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: refusal)
    }

    /// Refuses all queries that wait, and all that come from now on.
    package func close() {
        let waiting: [Waiter] = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.continuation.resume(returning: .cancelled) }
    }

    private func leave() {
        let next: Waiter? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.running -= 1
            return nil
        }
        next?.continuation.resume(returning: nil)
    }
}

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
        var nextNumber: UInt64 = 0
        var waiting: [Waiter] = []
        /// Numbers of queries that are about to wait, with the reason if they gave up before that.
        var arriving: [UInt64: Refusal?] = [:]
        /// Whether nobody gets a turn any more.
        var isClosed = false
    }

    private struct Waiter {
        var number: UInt64
        var turn: CheckedContinuation<Refusal?, Never>
    }

    /// The number of queries that may run at once.
    let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) { self.limit = limit }

    /// The number of queries that run or wait.
    package var count: Int { state.withLock { $0.running + $0.waiting.count } }

    /// Runs `body` at once, if that is possible without waiting for a turn.
    ///
    /// It then needs no task of its own to be cancelled in while it waits.
    /// - Returns: nil if it has to wait.
    package func passAtOnce<Value>(_ body: () async throws -> Value) async throws -> Value? {
        let isFree = state.withLock { state in
            guard state.running < limit, !state.isClosed else { return false }
            state.running += 1
            return true
        }
        guard isFree else { return nil }
        defer { leave() }
        return try await body()
    }

    /// Runs `body` when it is its turn; waits for that no longer than `timeout`.
    package func pass<Value>(within timeout: Duration, _ body: () async throws -> Value) async throws -> Value {
        if let refusal = await enter(timeout) { throw refusal }
        defer { leave() }
        return try await body()
    }

    private func enter(_ timeout: Duration) async -> Refusal? {
        let number: UInt64? = state.withLock { state in
            guard state.running >= limit || state.isClosed else {
                state.running += 1
                return nil
            }
            state.nextNumber += 1
            state.arriving[state.nextNumber] = .some(state.isClosed ? .cancelled : nil)
            return state.nextNumber
        }
        guard let number else { return nil }
        let timer = Task {
            try await Task.sleep(for: timeout)
            giveUp(number, .timeout)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { turn in wait(number, turn) }
        } onCancel: {
            giveUp(number, .cancelled)
        }
    }

    private func wait(_ number: UInt64, _ turn: CheckedContinuation<Refusal?, Never>) {
        enum Decision { case wait, go, refuse(Refusal) }
        let decision: Decision = state.withLock { state in
            if let refusal = state.arriving.removeValue(forKey: number) ?? nil { return .refuse(refusal) }
            if state.running < limit {
                state.running += 1
                return .go
            }
            state.waiting.append(Waiter(number: number, turn: turn))
            return .wait
        }
        switch decision {
        case .wait: break
        case .go: turn.resume(returning: nil)
        case .refuse(let refusal): turn.resume(returning: refusal)
        }
    }

    private func giveUp(_ number: UInt64, _ refusal: Refusal) {
        let waiter: Waiter? = state.withLock { state in
            if let index = state.waiting.firstIndex(where: { $0.number == number }) {
                return state.waiting.remove(at: index)
            }
            if state.arriving[number] != nil { state.arriving[number] = .some(refusal) }
            return nil
        }
        waiter?.turn.resume(returning: refusal)
    }

    /// Refuses all that wait, and all that come from now on.
    package func close() {
        let waiting: [Waiter] = state.withLock { state in
            state.isClosed = true
            for number in state.arriving.keys { state.arriving[number] = .some(.cancelled) }
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.turn.resume(returning: .cancelled) }
    }

    private func leave() {
        let next: Waiter? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.running -= 1
            return nil
        }
        next?.turn.resume(returning: nil)
    }
}

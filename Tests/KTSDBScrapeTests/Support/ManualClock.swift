import KTSDBModel
import KTSDBScrape
import Synchronization
import Testing

/// A clock that a test moves. Those who sleep wake in the order of their times.
final class ManualClock: ScrapeClock {
    private struct State {
        var now: Timestamp
        var sleepers: [Int: (until: Timestamp, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var nextID = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// Watchers that wait for no more sleepers than there are.
        mutating func satisfiedWatchers() -> [CheckedContinuation<Void, Never>] {
            let satisfied = watchers.filter { $0.count <= sleepers.count }
            watchers.removeAll { $0.count <= sleepers.count }
            return satisfied.map(\.continuation)
        }
    }

    private let state: Mutex<State>

    init(at milliseconds: Int64 = 1_000_000_000) { state = Mutex(State(now: Timestamp(milliseconds: milliseconds))) }

    var now: Timestamp { state.withLock { $0.now } }

    func sleep(until time: Timestamp) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let watchers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    if Task.isCancelled {
                        continuation.resume(throwing: CancellationError())
                        return []
                    }
                    if time <= state.now {
                        continuation.resume()
                        return []
                    }
                    state.sleepers[id] = (time, continuation)
                    return state.satisfiedWatchers()
                }
                for watcher in watchers { watcher.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Waits until at least `count` sleep; for five minutes at the most, as other tests may hold all threads.
    func sleepers(_ count: Int) async {
        if state.withLock({ $0.sleepers.count >= count }) { return }
        let limit = Task {
            try await Task.sleep(for: .seconds(300))
            Issue.record("\(count) sleepers are waited for in vain")
            let watchers = state.withLock { state in
                defer { state.watchers = [] }
                return state.watchers
            }
            for watcher in watchers { watcher.continuation.resume() }
        }
        defer { limit.cancel() }
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.count < count { state.watchers.append((count, continuation)) }
                return state.sleepers.count >= count
            }
            if isThere { continuation.resume() }
        }
    }

    /// Moves to the next time that someone sleeps until, wakes those, and waits until `expected` sleep again, by
    /// default as many as before. Tells how many it woke: several may sleep until the same time.
    @discardableResult
    func step(thenWaitingFor expected: Int? = nil) async -> Int {
        let (woken, count) = state.withLock { state -> ([CheckedContinuation<Void, any Error>], Int) in
            let count = state.sleepers.count
            guard let next = state.sleepers.values.map(\.until).min() else { return ([], 0) }
            state.now = max(state.now, next)
            let due = state.sleepers.filter { $0.value.until <= next }
            for id in due.keys { state.sleepers[id] = nil }
            return (due.values.map(\.continuation), count)
        }
        for continuation in woken { continuation.resume() }
        await sleepers(expected ?? count)
        return woken.count
    }

    /// Steps until sleepers woke `count` times. As some may sleep until the same time, these can be fewer steps.
    func wake(_ count: Int) async {
        var woken = 0
        while woken < count {
            let more = await step()
            precondition(more > 0, "nobody sleeps, so nobody can wake")
            woken += more
        }
    }
}

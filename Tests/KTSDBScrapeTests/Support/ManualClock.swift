import KTSDBModel
import KTSDBScrape
import Synchronization
import Testing

/// A clock that a test moves. Those who sleep wake in the order of their times.
final class ManualClock: ScrapeClock {
    private struct State {
        var now: Timestamp
        var alarms: [(time: Timestamp, alarm: ScrapeAlarm)] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// How many wait: those that were called off do not.
        var sleeperCount: Int { alarms.count { !$0.alarm.isOver } }

        /// Watchers that wait for no more sleepers than there are.
        mutating func satisfiedWatchers() -> [CheckedContinuation<Void, Never>] {
            let count = sleeperCount, satisfied = watchers.filter { $0.count <= count }
            watchers.removeAll { $0.count <= count }
            return satisfied.map(\.continuation)
        }
    }

    private let state: Mutex<State>

    init(at milliseconds: Int64 = 1_000_000_000) { state = Mutex(State(now: Timestamp(milliseconds: milliseconds))) }

    var now: Timestamp { state.withLock { $0.now } }

    func set(_ alarm: ScrapeAlarm, at time: Timestamp, on alarms: LoopAlarms) {
        let (isDue, watchers) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
            if time <= state.now { return (true, []) }
            state.alarms.append((time, alarm))
            return (false, state.satisfiedWatchers())
        }
        if isDue { alarm.ring() }
        for watcher in watchers { watcher.resume() }
    }

    /// Waits until at least `count` sleep; for five minutes at the most, as other tests may hold all threads.
    func sleepers(_ count: Int) async {
        if state.withLock({ $0.sleeperCount >= count }) { return }
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
                let isThere = state.sleeperCount >= count
                if !isThere { state.watchers.append((count, continuation)) }
                return isThere
            }
            if isThere { continuation.resume() }
        }
    }

    /// Moves to the next time that someone sleeps until, wakes those, and waits until `expected` sleep again, by
    /// default as many as before. Tells how many it woke: several may sleep until the same time.
    @discardableResult
    func step(thenWaitingFor expected: Int? = nil) async -> Int {
        let (woken, count) = state.withLock { state -> ([ScrapeAlarm], Int) in
            state.alarms.removeAll { $0.alarm.isOver }
            let count = state.alarms.count
            guard let next = state.alarms.map(\.time).min() else { return ([], 0) }
            state.now = max(state.now, next)
            let due = state.alarms.filter { $0.time <= next }
            state.alarms.removeAll { $0.time <= next }
            return (due.map(\.alarm), count)
        }
        for alarm in woken { alarm.ring() }
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

package import NIOCore
internal import Synchronization

/// The alarms of an event loop: they ring on its thread, and for all of them it has one timer.
///
/// An alarm takes some forty bytes. A task that sleeps would take some thousands, and of targets there may be a hundred
/// thousand.
package final class LoopAlarms: Sendable {
    private struct State {
        var heap = AlarmHeap()
        /// How many were called off since those were removed that are over.
        var overCount = 0
        /// When the timer goes off; nil without one.
        var wakesAt: NIODeadline?
    }

    private let loop: any EventLoop
    private let state = Mutex(State())

    package init(_ loop: any EventLoop) { self.loop = loop }

    /// Has `alarm` ring at `deadline`.
    package func set(_ alarm: ScrapeAlarm, at deadline: NIODeadline) {
        let isFirst = state.withLock { state in
            state.heap.insert(alarm, at: deadline)
            guard deadline < state.wakesAt ?? .distantFuture else { return false }
            state.wakesAt = deadline
            return true
        }
        if isFirst { startTimer(deadline) }
    }

    /// Notes that an alarm was called off. Now and then, those that are over are removed.
    package func noteOver() {
        state.withLock { state in
            state.overCount += 1
            guard state.overCount > 32 + state.heap.count / 2 else { return }
            state.overCount = 0
            state.heap.removeOver()
        }
    }

    /// A timer that an earlier one has made superfluous still goes off, and finds nothing to do.
    private func startTimer(_ deadline: NIODeadline) {
        loop.scheduleTask(deadline: deadline) { [self] in ring() }
    }

    private func ring() {
        let (due, next) = state.withLock { state -> ([ScrapeAlarm], NIODeadline?) in
            let now = NIODeadline.now()
            if let wakesAt = state.wakesAt, wakesAt > now { return ([], nil) }
            let due = state.heap.removeDue(at: now)
            state.wakesAt = state.heap.first
            return (due, state.wakesAt)
        }
        if let next { startTimer(next) }
        for alarm in due { alarm.ring() }
    }
}

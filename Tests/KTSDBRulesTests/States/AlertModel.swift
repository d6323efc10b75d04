@testable import KTSDBRules

/// What an alert is after some evaluations, found by looking at all of them anew: the slow and plain twin of the state
/// machine.
struct AlertModel {
    var holdDuration: Duration
    var keepFiringFor: Duration
    /// When the rule was evaluated, and whether the expression gave the alert.
    var history: [(time: PreciseTime, isPresent: Bool)] = []

    struct Outcome: Equatable {
        var state: AlertState
        var activeAt: PreciseTime
        var firedAt: PreciseTime?
        var resolvedAt: PreciseTime?
    }

    /// The last run of the alert; nil if there is none, or it is forgotten.
    var outcome: Outcome? {
        var found: Outcome?, index = 0
        while index < history.count {
            guard history[index].isPresent else {
                index += 1
                continue
            }
            let start = history[index].time
            let end = (index..<history.count).first { !isActive($0, runFrom: index) } ?? history.count
            let fired = (index..<end).first { history[$0].time - start >= holdDuration }
            if end == history.count {
                return Outcome(state: fired == nil ? .pending : .firing, activeAt: start, firedAt: fired.map(time))
            }
            found = fired.map { Outcome(state: .inactive, activeAt: start, firedAt: time($0), resolvedAt: time(end)) }
            index = end + 1
        }
        guard let resolvedAt = found?.resolvedAt, let last = history.last else { return nil }
        return last.time - resolvedAt <= .seconds(900) ? found : nil
    }

    private func time(_ index: Int) -> PreciseTime { history[index].time }

    /// Whether the alert is active at an evaluation, if it was at all from `start` on until then.
    private func isActive(_ index: Int, runFrom start: Int) -> Bool {
        if history[index].isPresent { return true }
        guard (start..<index).contains(where: { time($0) - time(start) >= holdDuration }) else { return false }
        var gap = index
        while !history[gap - 1].isPresent { gap -= 1 }
        return time(index) - time(gap) < keepFiringFor
    }
}

package import KTSDBModel

/// Which phase it is at what time: each phase once or again and again, unless somebody has chosen one by hand.
package struct PhaseSchedule: Sendable {
    /// When the good phase begins. Before that, it is good, too.
    package var start: Timestamp
    /// How long the phases take.
    package var good, bad, recovered: Duration
    /// Whether another good phase follows the recovered one; otherwise it stays recovered.
    package var repeats: Bool
    /// The phase that was chosen by hand, which counts instead of the one by time.
    package var chosen: Phase?

    package init(
        start: Timestamp, good: Duration, bad: Duration, recovered: Duration, repeats: Bool = false,
        chosen: Phase? = nil
    ) {
        self.start = start
        self.good = good
        self.bad = bad
        self.recovered = recovered
        self.repeats = repeats
        self.chosen = chosen
    }

    /// All three phases together.
    package var length: Duration { good + bad + recovered }

    /// Returns the phase at `time`.
    package func phase(at time: Timestamp) -> Phase {
        if let chosen { return chosen }
        let passed = elapsed(at: time)
        return passed < good ? .good : passed < good + bad ? .bad : .recovered
    }

    /// Returns how long the phase at `time` still takes; nil if it has no end.
    package func remaining(at time: Timestamp) -> Duration? {
        let passed = elapsed(at: time)
        switch (chosen, phase(at: time)) {
        case (.some, _): return nil
        case (nil, .good): return good - passed
        case (nil, .bad): return good + bad - passed
        case (nil, .recovered): return repeats ? length - passed : nil
        }
    }

    /// Whether all phases are over.
    package func isOver(at time: Timestamp) -> Bool { !repeats && time - start >= length }

    /// The time since the start; with repetition, since that of the round.
    private func elapsed(at time: Timestamp) -> Duration {
        let passed = time - start
        guard repeats, passed >= length, length > .zero else { return passed }
        return .milliseconds(passed.milliseconds % length.milliseconds)
    }
}

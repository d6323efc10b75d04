internal import KTSDBModel

// A counter that starts anew falls, if it does not reach its old value before the next sample is taken. Samples that
// say when their counting began leave no such doubt. 0 means that the start is not known.

enum StartTimestamps {
    /// Whether a counter was reset between two samples, by what they say of when their counting began.
    ///
    /// A start at the time of the sample before is a reset if that one's start was known: then these are differences,
    /// each from the sample before. Else it is how a source says that it does not know.
    static func tellReset(
        previousStart: Int64, previousTime: Int64, start: Int64, time: Int64
    ) -> Bool {
        if start == 0 || start >= time || start < previousTime { return false }
        if start > previousTime { return true }
        return previousStart <= previousTime && previousStart != 0 && previousStart != previousTime
    }

    /// Whether a sample's counting began before the sample before it was taken, and yet not where that one's did: one
    /// of the two is wrong.
    static func overlap(previousStart: Int64, previousTime: Int64, start: Int64) -> Bool {
        start != 0 && start < previousTime && start != previousStart
    }
}

/// Times and start times of some samples in a row; no start times if none is known.
struct StartedSamples: ~Escapable {
    let times: Span<Int64>
    private let starts: Span<Int64>

    /// `starts` is empty or as long as `times`.
    @_lifetime(copy times, copy starts)
    init(times: Span<Int64>, starts: Span<Int64>) {
        self.times = times
        self.starts = starts
    }

    /// Whether there was a reset just before the sample at `index`, which is not the first.
    func showsReset(before index: Int) -> Bool {
        guard !starts.isEmpty else { return false }
        return StartTimestamps.tellReset(
            previousStart: starts[index - 1], previousTime: times[index - 1], start: starts[index], time: times[index])
    }

    /// Whether the start of any sample but the first contradicts the sample before.
    var hasOverlap: Bool {
        guard !starts.isEmpty else { return false }
        for index in 1..<Swift.max(1, times.count)
        where StartTimestamps.overlap(
            previousStart: starts[index - 1], previousTime: times[index - 1], start: starts[index])
        {
            return true
        }
        return false
    }

    /// When the first sample's counting began, if that was after `open` and before the sample.
    func firstStart(after open: Int64) -> Int64? {
        guard !starts.isEmpty, starts[0] != 0, starts[0] > open, starts[0] < times[0] else { return nil }
        return starts[0]
    }
}

extension ExtrapolatedRate {
    /// The factor from the rise between samples to the rise over the window, with start times considered.
    ///
    /// - Parameters:
    ///   - samples: The window's samples.
    ///   - increase: By how much they went up from the first to the last.
    ///   - first: The value of the first sample.
    ///   - end: The end of the window.
    ///   - width: Its width.
    /// - Returns: the factor, and whether the first sample counts too, as its counting began within the window; nil if
    ///   the samples do not suffice.
    func factor(
        _ samples: borrowing StartedSamples, increase: Double, first: Double, end: Int64, width: Int64
    ) -> (factor: Double, countsFirst: Bool)? {
        let times = samples.times, last = times.count - 1
        let seconds = perSecond ? goSeconds(width) : 1
        let toEnd = Double(end - times[last]) / 1000, open = end - width
        if isCounter, let start = samples.firstStart(after: open) {
            let covered = Double(times[last] - start) / 1000
            let distance = last > 0 ? Double(times[last] - times[0]) / 1000 / Double(last) : 0
            let extended = toEnd >= distance * 1.1 ? distance / 2 : toEnd
            return ((covered == 0 ? 1 : (covered + extended) / covered) / seconds, true)
        }
        guard last > 0 else { return nil }
        let inSeconds = perSecond ? seconds : nil
        let extrapolation = Extrapolation(
            first: times[0], last: times[last], count: times.count, start: open, end: end,
            perSecond: inSeconds)
        let mayHaveBeenZero = isCounter && increase > 0 && first >= 0
        return (
            mayHaveBeenZero
                ? extrapolation.factor(increase, from: first, seconds: inSeconds) : extrapolation.factor,
            false
        )
    }

    /// The rate of floats in one window, with start times; nil if the samples do not suffice.
    func value(
        _ samples: borrowing StartedSamples, _ values: Span<Double>, end: Int64, width: Int64, overlap: () -> Void
    ) -> Double? {
        guard !values.isEmpty else { return nil }
        var result = values[values.count - 1] - values[0]
        if isCounter {
            for index in 1..<Swift.max(1, values.count)
            where values[index] < values[index - 1] || samples.showsReset(before: index) {
                result += values[index - 1]
            }
            if samples.hasOverlap { overlap() }
        }
        guard let (factor, countsFirst) = factor(samples, increase: result, first: values[0], end: end, width: width)
        else { return nil }
        return (countsFirst ? result + values[0] : result) * factor
    }
}

/// `rate_counter`: how much a counter went up in a window, per second.
///
/// That is what PromQL's `rate` computes, `rise * (covered + toStart) / covered / range`, where `rise` counts what was
/// lost in resets and `covered` is the time from the first to the last sample. But Loki takes the window's length in
/// milliseconds from times in nanoseconds: the window begins a millionth of its length before the first sample and ends
/// with the last one, so that next to nothing is extrapolated (recorded, to all digits). `toStart` is that millionth,
/// but not further back than where the counter would have been zero, and half the average distance of samples if that
/// is nearer than they are apart.
///
/// Unlike in PromQL, a window with one sample has a value: zero.
struct CounterRate {
    /// The length of the window.
    var seconds: Double

    func value(_ times: [Int64], _ values: [Double], _ window: Range<Int>) -> Double {
        guard window.count > 1 else { return 0 }
        let first = window.lowerBound, last = window.upperBound - 1
        var rise = values[last] - values[first]
        for index in first + 1...last where values[index] < values[index - 1] { rise += values[index - 1] }

        let covered = Double(times[last].saturatingMinus(times[first])) / 1e9
        // All samples are at one time: nothing can be said about how far they reach.
        guard covered > 0 else { return rise / seconds }
        let distance = covered / Double(window.count - 1)
        var toStart = seconds / 1e6
        if rise > 0, values[first] >= 0 { toStart = min(toStart, covered * (values[first] / rise)) }
        if toStart >= distance * 1.1 { toStart = distance / 2 }
        return rise * ((covered + toStart) / covered) / seconds
    }
}

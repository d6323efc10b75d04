internal import KTSDBModel

/// Which samples of a column are in the window of each step: `lower[k]..<upper[k]`.
///
/// A window is open on the left and closed on the right, as in Prometheus since 3.0: a sample exactly `width` before
/// the step is not in it. An instant selector is the newest sample of the window of the lookback.
enum WindowBounds {
    /// Appends the bounds of one time column, ascending. Both ends only move forward: one pass over times and steps, or
    /// a search for each end where steps are few.
    static func append(
        _ times: Span<Int64>, _ windows: WindowTimes, _ lower: inout Column<Int32>, _ upper: inout Column<Int32>
    ) {
        let steps = windows.count
        var lowers = lower.extend(by: steps), uppers = upper.extend(by: steps)
        var low = 0, high = 0
        if windows.isPinned || times.count > searchFrom * steps {
            // Few windows over a long column: two searches for each beat a walk.
            for step in 0..<steps {
                if step == 0 || !windows.isPinned {
                    let end = windows.end(step)
                    high = firstIndex(in: times, after: end, from: high)
                    low = firstIndex(in: times, after: end - windows.width, from: low)
                }
                lowers[step] = Int32(truncatingIfNeeded: low)
                uppers[step] = Int32(truncatingIfNeeded: high)
            }
            return
        }
        for step in 0..<steps {
            let end = windows.end(step), start = end - windows.width
            while high < times.count, times[high] <= end { high += 1 }
            while low < high, times[low] <= start { low += 1 }
            lowers[step] = Int32(truncatingIfNeeded: low)
            uppers[step] = Int32(truncatingIfNeeded: high)
        }
    }

    /// How many samples there must be for each step so that searching is faster than walking.
    private static let searchFrom = 32

    /// The index of the first of `times` from `start` on that is after `time`.
    static func firstIndex(in times: Span<Int64>, after time: Int64, from start: Int = 0) -> Int {
        (start..<times.count).partitionPoint { times[$0] <= time }
    }
}

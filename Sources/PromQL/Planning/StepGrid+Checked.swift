extension StepGrid {
    /// The times from `start` through `end`, none if `end` is before `start`.
    init(from start: Int64, through end: Int64, step: Int64) throws(QueryError) {
        guard abs(start.clampedMagnitude) <= Self.farthest, abs(end.clampedMagnitude) <= Self.farthest else {
            throw .invalidParameter(name: "time", reason: "it is too far from the present")
        }
        self.init(
            start: start, step: step, count: end < start ? 0 : Int((end - start) / step) + 1,
            isInstant: start == end)
    }

    /// The grid of a subquery: all multiples of its step, counted from 1970, in the windows of the steps of `outer`.
    ///
    /// Absolute multiples, so that the same points are taken whenever the query runs, and dashboards do not flicker.
    init(ofSubqueryIn outer: StepGrid, width: Int64, offset: Int64, at: Int64?, step: Int64) throws(QueryError) {
        let firstEnd = (at ?? outer.start) - offset, lastEnd = (at ?? outer.end) - offset
        let open = firstEnd - width
        // Division cuts towards zero, also before 1970, as in Prometheus.
        var start = step * (open / step)
        if start <= open { start += step }
        try self.init(from: start, through: lastEnd, step: step)
    }
}

extension Int64 {
    /// The value, or the one next to it for the one value whose magnitude overflows.
    fileprivate var clampedMagnitude: Int64 { self == .min ? .min + 1 : self }
}

internal import KTSDBModel

/// The times of the evaluations of a back-test.
struct BacktestGrid {
    var start: PreciseTime
    var interval: Duration
    var count: Int

    subscript(step: Int) -> PreciseTime { start + interval * step }

    /// Returns the times from step `first` on, at most `limit` of them.
    func part(from first: Int, count limit: Int) -> BacktestGrid {
        BacktestGrid(start: self[first], interval: interval, count: min(count - first, limit))
    }
}

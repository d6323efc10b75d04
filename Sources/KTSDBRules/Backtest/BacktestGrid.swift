internal import KTSDBModel

/// The times of evaluations.
struct BacktestGrid {
    var start: PreciseTime
    var interval: Duration
    var count: Int

    subscript(step: Int) -> PreciseTime { start + interval * step }

    /// The next times from a step on, at most so many.
    func part(from first: Int, count limit: Int) -> BacktestGrid {
        BacktestGrid(start: self[first], interval: interval, count: min(count - first, limit))
    }
}

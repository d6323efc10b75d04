internal import KTSDBModel

// The loops that functions over windows share. They are inlined, so that a function costs what its own loop would.

extension WindowInput {
    /// Writes `value` of each window that holds at least `minimum` samples; absent for the others.
    @inline(__always)
    func forEachWindow(
        atLeast minimum: Int = 1, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>,
        _ value: (borrowing WindowInput, _ step: Int, _ window: Range<Int>, inout WindowScratch) -> Double
    ) throws(QueryError) {
        for step in row.indices {
            let window = window(step)
            try scratch.meter.add(window.count)
            row[step] = window.count >= minimum ? value(self, step, window, &scratch) : .absent
        }
    }

    /// Writes `value` of the samples of each window; absent for empty ones. Windows of equal size are computed by
    /// `lanes`, four at a time from a step on, unless it returns nil because a result is not finite.
    @inline(__always)
    func forEachWindow(
        _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>,
        lanes: (borrowing WindowInput, _ step: Int, _ count: Int) -> StepLanes?,
        _ value: (Span<Double>) -> Double
    ) throws(QueryError) {
        var step = 0
        while step < row.count {
            if let count = commonCount(step), let results = lanes(self, step, count) {
                row.setLanes(results, at: step)
                try scratch.meter.add(4 * count)
                step += 4
                continue
            }
            let window = window(step)
            try scratch.meter.add(window.count)
            row[step] = window.isEmpty ? .absent : point(value(values.extracting(window)))
            step += 1
        }
    }
}

package import KTSDBModel

/// One function over windows alone, so that benchmarks measure it without decoding and aggregation.
package struct WindowKernel: ~Copyable {
    private struct NoSeries: SeriesSource, SelectedSeries {
        let count = 0
        func select(
            _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
        ) throws(ReadError) -> any SelectedSeries { self }
        func labels(at position: Int) -> Labels { Labels() }
        func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {}
    }

    private let function: WindowFunction
    private let grid: StepGrid
    private let windows: WindowTimes
    private var cache: WindowBoundsCache
    private var scratch: WindowScratch
    private var row: Row

    /// - Parameters:
    ///   - function: Its name in PromQL; one without parameters.
    ///   - start: The time of the first step, in milliseconds, as all times.
    ///   - step: From one step to the next.
    ///   - count: The number of steps, at least 1.
    ///   - width: The width of a window.
    /// - Throws: ``QueryError/invalidParameter(name:reason:)`` if the function does not exist.
    package init(_ function: String, start: Int64, step: Int64, count: Int, width: Int64) throws(QueryError) {
        guard case .vector(.overWindow(let function)) = FunctionTable[function]?.evaluation else {
            throw .invalidParameter(name: "function", reason: "no function over windows is called \(function)")
        }
        let query = try QueryContext(
            options: EngineOptions(), overrides: QueryOverrides(), source: NoSeries(),
            limits: QueryLimits(EngineOptions(), QueryOverrides(), nil, nil))
        self.function = function
        grid = StepGrid(start: start, step: step, count: count, isInstant: false)
        windows = WindowTimes(on: grid, offset: 0, at: nil, width: width)
        cache = WindowBoundsCache(windows)
        scratch = WindowScratch(query)
        row = Row.absent(count: count)
    }

    /// Computes the function's value at each step over the samples of one series.
    /// - Returns: the last of them.
    package mutating func apply(_ columns: borrowing SampleColumns) throws(QueryError) -> Double {
        try Self.apply(function, columns, windows, grid, &cache, &scratch, &row)
        return row[row.count - 1]
    }

    private static func apply(
        _ function: WindowFunction, _ columns: borrowing SampleColumns, _ windows: WindowTimes, _ grid: StepGrid,
        _ cache: inout WindowBoundsCache, _ scratch: inout WindowScratch, _ row: inout Row
    ) throws(QueryError) {
        let input = WindowInput(columns, cache.prepare(columns), in: cache, windows: windows, grid: grid)
        var steps = row.mutableSpan
        try function.apply(input, parameters: [], &scratch, into: &steps)
    }
}

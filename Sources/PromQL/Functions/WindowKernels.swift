internal import KTSDBModel

/// One series as the functions over windows see it.
///
/// All functions have one form: samples and window bounds in, one row of values out. Whether a shortcut across
/// overlapping windows is taken never shows in the bits: sliding forms are used only where they are exact.
struct WindowInput: ~Escapable {
    let times: Span<Int64>
    let values: Span<Double>
    /// The window of step `k` holds the samples `lower[k]..<upper[k]`.
    let lower: Span<Int32>
    let upper: Span<Int32>
    let windows: WindowTimes
    let grid: StepGrid

    @_lifetime(copy times, copy values, copy lower, copy upper)
    init(
        times: Span<Int64>, values: Span<Double>, lower: Span<Int32>, upper: Span<Int32>, windows: WindowTimes,
        grid: StepGrid
    ) {
        self.times = times
        self.values = values
        self.lower = lower
        self.upper = upper
        self.windows = windows
        self.grid = grid
    }

    @inline(__always)
    func window(_ step: Int) -> Range<Int> {
        let low = Int(lower[step])
        return low..<max(low, Int(upper[step]))
    }
}

/// Memory that functions over windows use from one series to the next.
struct WindowScratch: ~Copyable {
    var integers = Column<Int32>()
    var sums = Column<Double>()
    var sorted: [Double] = []
    var meter: WorkMeter

    init(_ query: RunningQuery) { meter = WorkMeter(query) }
}

extension WindowFunction {
    /// Writes the function's value at each step into `row`; absent where the window has too few samples. The parameters
    /// are the scalar arguments, in order.
    ///
    /// Throws only because the query was cancelled or took too long.
    func apply(
        _ input: borrowing WindowInput, parameters: [ScalarRow], _ scratch: inout WindowScratch,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        switch self {
        case .rate, .increase, .delta: try extrapolatedRate!.apply(input, &scratch, into: &row)
        case .irate, .idelta: applyInstant(input, into: &row)
        case .resets, .changes: applyCounting(input, &scratch, into: &row)
        case .count, .present, .first, .last, .timeOfFirst, .timeOfLast: applyPositional(input, into: &row)
        case .minimum, .maximum: applyExtreme(input, &scratch, into: &row)
        case .timeOfMinimum, .timeOfMaximum: try applyTimeOfExtreme(input, &scratch, into: &row)
        case .sum, .average: try applySums(input, &scratch, into: &row)
        case .variance, .standardDeviation: try applyVariance(input, &scratch, into: &row)
        case .quantile, .medianDeviation: try applyQuantile(input, parameters, &scratch, into: &row)
        case .deriv, .predictLinear: try applyRegression(input, parameters, &scratch, into: &row)
        case .doubleExponentialSmoothing: try applySmoothing(input, parameters, &scratch, into: &row)
        }
    }
}

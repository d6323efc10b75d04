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
    /// Which bounds these are.
    let bounds: SharedBounds

    @_lifetime(copy times, copy values, copy lower, copy upper)
    init(
        times: Span<Int64>, values: Span<Double>, lower: Span<Int32>, upper: Span<Int32>,
        windows: WindowTimes,
        grid: StepGrid, bounds: SharedBounds = .unshared
    ) {
        self.times = times
        self.values = values
        self.lower = lower
        self.upper = upper
        self.windows = windows
        self.grid = grid
        self.bounds = bounds
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
    var extrapolations = ExtrapolationTable()
    var counts = SharedByBounds<WindowCounts>()
    var meter: WorkMeter

    init(_ query: QueryContext) { meter = WorkMeter(query) }
}

/// How many samples windows hold.
struct WindowCounts {
    /// Each sample once for each window that it is in.
    private(set) var queryable = 0
    /// Each sample once.
    private(set) var read = 0

    /// Counts the samples in the windows `lower[k]..<upper[k]`, whose ends never move back. `sizes`: what all rows before
    /// each row count as, if that is not one each.
    init(_ lower: Span<Int32>, _ upper: Span<Int32>, sizes: [Int]? = nil) {
        Self.forEach(lower, upper, sizes) { queryable, read in
            self.queryable += queryable
            self.read += read
        }
    }

    /// Both numbers for each step.
    static func steps(
        _ lower: Span<Int32>, _ upper: Span<Int32>, sizes: [Int]?
    ) -> (queryable: [Int], read: [Int]) {
        var queryables: [Int] = []
        var reads: [Int] = []
        forEach(lower, upper, sizes) { queryable, read in
            queryables.append(queryable)
            reads.append(read)
        }
        return (queryables, reads)
    }

    @inline(__always)
    private static func forEach(
        _ lower: Span<Int32>, _ upper: Span<Int32>, _ sizes: [Int]?,
        _ body: (_ queryable: Int, _ read: Int) -> Void
    ) {
        var reached = 0
        for step in lower.indices {
            let low = Int(lower[step])
            let high = max(low, Int(upper[step]))
            let fresh = min(high, max(low, reached))
            if let sizes {
                body(sizes[high] - sizes[low], sizes[high] - sizes[fresh])
            } else {
                body(high - low, high - fresh)
            }
            reached = max(reached, high)
        }
    }
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

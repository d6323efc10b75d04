internal import KTSDBModel

/// A function over a range vector: `rate(x[5m])`.
final class WindowRows: RowSource {
    let grid: StepGrid
    private let kernel: WindowFunction
    private let function: QueryFunction
    private let parameters: [ScalarRow]
    private let columns: any ColumnSource
    private let windows: WindowTimes
    private let ends: WindowEnds
    /// nil if they are those of the columns.
    private let ownIdentities: [SeriesIdentity]?
    private let place: Int
    private let query: QueryContext
    private let tally: SampleTally
    private let readsStorage: Bool
    private let usesStarts: Bool
    /// Where the first argument starts in the text, which need not be the range vector: annotations about ignored
    /// histograms and about quantiles point there.
    private let firstPlace: Int

    /// `identities` are those of the result, if they differ from the input's, which still have the metric's name;
    /// `tally` as in ``Evaluator``.
    init(
        _ kernel: WindowFunction, of function: QueryFunction, _ plan: WindowPlan, _ parameters: [ScalarRow],
        over columns: any ColumnSource,
        identities: [SeriesIdentity]?, firstPlace: Int? = nil, on grid: StepGrid, query: QueryContext,
        tally: SampleTally
    ) {
        self.grid = grid
        self.kernel = kernel
        self.function = function
        usesStarts = query.options.usesStartTimestamps && function.takes.contains(.startTimes)
        self.parameters = parameters
        self.columns = columns
        ownIdentities = identities
        self.query = query
        place = plan.place
        self.firstPlace = firstPlace ?? plan.place
        ends = plan.ends
        self.tally = tally
        readsStorage = if case .selector = plan.content { true } else { false }
        windows = WindowTimes(on: grid, offset: plan.offset, at: plan.at, width: plan.width)
    }

    var count: Int { columns.count }
    var depth: Int { columns.depth + 1 }

    var identities: [SeriesIdentity] {
        get throws(QueryError) { if let ownIdentities { ownIdentities } else { try columns.identities } }
    }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity {
        if let ownIdentities { ownIdentities[position] } else { try columns.series(at: position) }
    }

    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups {
        guard let ownIdentities else { return try columns.groups(by: grouping, query: query) }
        return try SeriesGroups(count, by: grouping, query: query) { ownIdentities[$0] }
    }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: WindowRows
        let reader: any SampleReader
        var columns = SampleColumns()
        var cache: WindowBoundsCache
        var scratch: WindowScratch
        var counterCheck: CounterNameCheck

        init(_ rows: WindowRows) {
            self.rows = rows
            reader = rows.columns.makeReader()
            cache = WindowBoundsCache(rows.windows.widened(for: rows.ends, by: rows.query.lookback))
            scratch = WindowScratch(rows.query)
            counterCheck = CounterNameCheck(
                rows.function, at: rows.place, haveOneName: rows.columns.hasOneName, query: rows.query)
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            try reader.read(position, into: &columns)
            guard !columns.times.isEmpty else { return false }
            if columns.histograms.isEmpty, columns.startTimes.isEmpty || !rows.usesStarts {
                if row.hasHistograms { row.setHistograms(HistogramPoints()) }
                guard try rows.apply(columns, &cache, &scratch, into: &row) else { return false }
            } else {
                let name = try rows.columns.series(at: position).labels.metricName ?? ""
                try rows.applyMixed(columns, &cache, &scratch, name: name, into: &row)
                guard row.hasFloats else { return row.hasHistograms }
            }
            try counterCheck.check { () throws(QueryError) in try rows.columns.series(at: position).labels }
            if rows.kernel == .quantile { rows.checkQuantiles(row) }
            return true
        }
    }

    /// Writes the function's value at each step.
    /// - Returns: whether there is any.
    private func apply(
        _ columns: borrowing SampleColumns, _ cache: inout WindowBoundsCache, _ scratch: inout WindowScratch,
        into row: inout Row
    ) throws(QueryError) -> Bool {
        let input = WindowInput(columns, cache.prepare(columns), in: cache, windows: windows, grid: grid)
        try checkFactors(input.lower, input.upper)
        var steps = row.mutableSpan
        if ends == .plain {
            try kernel.apply(input, parameters: parameters, &scratch, into: &steps)
        } else {
            try kernel.applyExtended(input, isSmoothed: ends == .smoothed, &scratch.meter, into: &steps)
        }
        count(input.lower, input.upper, input.bounds, &scratch)
        var step = 0
        while step < steps.count, steps[step].isAbsent { step += 1 }
        return step < steps.count
    }

    /// Throws if a smoothing factor is out of range at a step whose window holds samples; at other steps it is not
    /// used.
    private func checkFactors(_ lower: Span<Int32>, _ upper: Span<Int32>) throws(QueryError) {
        guard kernel == .doubleExponentialSmoothing else { return }
        for step in lower.indices where lower[step] < upper[step] {
            for (parameter, name) in zip(parameters, ["smoothing", "trend"]) {
                let value = parameter[step]
                guard value <= 0 || value >= 1 else { continue }
                let symbol = name == "trend" ? "tf" : "sf"
                throw .execution("invalid \(name) factor. Expected: 0 < \(symbol) < 1, got: \(goFixed(value))")
            }
        }
    }

    /// Warns of quantiles outside 0...1 that were taken.
    private func checkQuantiles(_ row: borrowing Row) {
        for step in 0..<row.count where !row[step].isAbsent {
            query.annotations.addInvalidQuantile(parameters[0][step], at: firstPlace)
            if case .constant = parameters[0] { return }
        }
    }

    /// ``apply(_:_:_:into:)`` for a series with histograms or start times.
    private func applyMixed(
        _ columns: borrowing SampleColumns, _ cache: inout WindowBoundsCache, _ scratch: inout WindowScratch,
        name: String, into row: inout Row
    ) throws(QueryError) {
        let input = WindowInput(columns, cache.prepare(columns), in: cache, windows: windows, grid: grid)
        try checkFactors(input.lower, input.upper)
        let mixed = MixedWindows(
            function: kernel, takesHistograms: function.takes.contains(.histograms), ends: ends, parameters: parameters,
            annotations: SeriesAnnotations(query, at: firstPlace, metricName: name), usesStarts: usesStarts)
        try mixed.apply(columns, input, &scratch, into: &row)
        count(columns, input.lower, input.upper)
    }

    /// Counts what the windows hold, and what of it no earlier window held.
    private func count(
        _ lower: Span<Int32>, _ upper: Span<Int32>, _ bounds: SharedBounds,
        _ scratch: inout WindowScratch
    ) {
        let counts = scratch.counts.value(for: bounds) { WindowCounts(lower, upper) }
        add(counts, lower, upper, sizes: nil)
    }

    /// The same for a series with histograms, each of which counts as several samples.
    private func count(_ columns: borrowing SampleColumns, _ lower: Span<Int32>, _ upper: Span<Int32>) {
        guard !columns.histograms.isEmpty else {
            return add(WindowCounts(lower, upper), lower, upper, sizes: nil)
        }
        var sizes = [Int](repeating: 1, count: columns.times.count)
        for (row, histogram) in zip(columns.histograms.rows, columns.histograms.values) {
            sizes[Int(row)] = histogram.sampleCount
        }
        // What all rows before each row count as.
        var sums = [0]
        for size in sizes { sums.append(sums[sums.count - 1] + size) }
        add(WindowCounts(lower, upper, sizes: sums), lower, upper, sizes: sums)
    }

    /// What a subquery read was counted by the selectors in it.
    private func add(
        _ counts: WindowCounts, _ lower: Span<Int32>, _ upper: Span<Int32>, sizes: [Int]?
    ) {
        let read = readsStorage ? counts.read : 0
        guard tally.needsSteps else {
            return tally.count(queryable: counts.queryable, read: read) { ([], []) }
        }
        let steps = WindowCounts.steps(lower, upper, sizes: sizes)
        let none = [Int](repeating: 0, count: steps.read.count)
        tally.count(queryable: counts.queryable, read: read) {
            (steps.queryable, readsStorage ? steps.read : none)
        }
    }
}

/// Says that a metric which `rate` or `increase` is taken of may be no counter, judged by its name or `__type__`.
struct CounterNameCheck {
    private var isNeeded: Bool
    private let place: Int
    private let haveOneName: Bool
    private let query: QueryContext
    private var lastName: String?

    init(_ function: QueryFunction, at place: Int, haveOneName: Bool, query: QueryContext) {
        isNeeded = function.expectsCounter
        self.haveOneName = haveOneName
        self.place = place
        self.query = query
    }

    mutating func check(_ labels: () throws(QueryError) -> Labels) throws(QueryError) {
        guard isNeeded else { return }
        let labels = try labels()
        guard let range = labels.valueRange(of: "__name__") else { return }
        if query.options.typeAndUnitLabels {
            let type = labels["__type__"] ?? ""
            if type != "counter", type != "histogram" {
                query.annotations.add(
                    .info,
                    "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", "
                        + "got \(goQuoted(type)): \(goQuoted(labels.metricName ?? ""))", at: place)
            }
            return
        }
        // One look is enough where all series are of one metric.
        isNeeded = !haveOneName
        let name = labels.stringForm[range]
        for suffix in ["_total", "_sum", "_count", "_bucket"]
        where name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) {
            return
        }
        let text = String(decoding: name, as: UTF8.self)
        guard text != lastName else { return }
        lastName = text
        query.annotations.add(
            .info,
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(goQuoted(text))",
            at: place)
    }
}

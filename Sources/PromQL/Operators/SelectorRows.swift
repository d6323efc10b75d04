internal import KTSDBModel

/// An instant selector: for each step the newest sample within the lookback.
final class SelectorRows: RowSource {
    let grid: StepGrid
    let hasOneName: Bool
    private let selection: SeriesSelection
    private let windows: WindowTimes
    private let labels: SelectedIdentities
    private let content: Content
    private let isSmoothed: Bool
    private let readsStatisticsOnly: Bool
    /// Where the selector starts in the text.
    private let place: Int
    private let tally: SampleTally
    /// The interval of the rollups that are read, in milliseconds; nil if only samples are.
    let rollupInterval: Int64?

    /// What a point is.
    enum Content {
        /// The sample.
        case value
        /// Its time, in seconds.
        case time
        /// The time of a float, in seconds; histograms stay what they are.
        case timeOfFloat
        /// When the counting began whose result it is, in seconds; 0 if that is not known.
        case startTime
    }

    /// `place` is where the selector starts in the text, `tally` as in ``Evaluator``; `lookback` is positive, and that
    /// of the query unless given.
    init(
        _ plan: SelectorPlan, at place: Int, on grid: StepGrid, query: QueryContext, tally: SampleTally,
        content: Content = .value, lookback width: Int64? = nil
    ) throws(QueryError) {
        self.grid = grid
        self.place = place
        self.tally = tally
        hasOneName = plan.hasOneName
        self.content = content
        readsStatisticsOnly = plan.readsStatisticsOnly
        isSmoothed = plan.ends == .smoothed
        let lookback = WindowTimes(on: grid, offset: plan.offset, at: plan.at, width: width ?? query.lookback)
        windows = isSmoothed ? lookback.extended(after: query.lookback) : lookback
        let rollup =
            plan.ends == .plain && content == .value && width == nil
            ? RollupChoice.filling(lookback: query.lookback, query.rollups, in: query.source) : nil
        selection = try SeriesSelection(
            plan.matchers, rollup?.range(windows) ?? windows.selection, rollup: rollup, query: query)
        rollupInterval = selection.series.usesRollups ? rollup?.interval : nil
        if let rollupInterval { query.annotations.addRollups(rollupInterval, at: place) }
        labels = SelectedIdentities(selection)
    }

    var count: Int { selection.series.count }

    var identities: [SeriesIdentity] { get throws(QueryError) { try labels.all } }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try labels[position] }

    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups {
        try selection.groups(by: grouping)
    }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: SelectorRows
        let decoder: SelectionDecoder
        var columns = SampleColumns()
        var cache: WindowBoundsCache
        /// Scratch memory of ``readStep(of:into:)``.
        var newest = NewestSamples(), single = Row()

        init(_ rows: SelectorRows) {
            self.rows = rows
            decoder = SelectionDecoder(rows.selection, readsStatisticsOnly: rows.readsStatisticsOnly)
            cache = WindowBoundsCache(rows.windows)
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            try decoder.decode(position, into: &columns)
            if rows.isSmoothed { Staleness.removeMarkers(from: &columns) }
            guard !columns.times.isEmpty else { return false }
            let points: Int
            if columns.histograms.isEmpty {
                if row.hasHistograms { row.setHistograms(HistogramPoints()) }
                points = rows.align(columns, &cache, into: &row)
            } else {
                let name = rows.isSmoothed ? try rows.series(at: position).labels.metricName ?? "" : ""
                points = rows.alignHistograms(columns, &cache, into: &row, name: name)
            }
            rows.count(points, row)
            return points > 0
        }

        var readsSteps: Bool { rows.grid.count == 1 && !rows.isSmoothed && rows.content == .value }

        func readStep(of positions: Range<Int>, into row: inout Row) throws(QueryError) {
            newest.removeAll()
            try rows.selection.appendNewest(of: positions, to: &newest)
            row.removeAll()
            row.appendAbsent(positions.count)
            if single.isEmpty { single.appendAbsent(1) }
            var points = 0, histograms = HistogramPoints()
            for index in 0..<positions.count {
                let time = newest.times[index]
                if time == NewestSamples.unknown {
                    // It counts its samples itself.
                    guard try read(positions.lowerBound + index, into: &single) else { continue }
                    row[index] = single[0]
                    if let histogram = single.histogram(at: 0) { histograms.append(histogram, at: index) }
                } else if time != NewestSamples.noSample, !newest.values[index].isStaleMarker {
                    row[index] = point(newest.values[index])
                    points += 1
                }
            }
            row.setHistograms(histograms)
            if points > 0 { rows.tally.count(queryable: points, read: points) { ([points], [points]) } }
        }
    }

    /// Counts the samples of a row with `points` points: a histogram counts as several, unless only its time is used.
    /// Smoothed points are not samples, and Prometheus does not count the samples from which they are made.
    private func count(_ points: Int, _ row: borrowing Row) {
        guard !isSmoothed else { return }
        var samples = points
        var sizes: [Int: Int] = [:]
        if row.hasHistograms, content == .value {
            for (step, histogram) in zip(row.histograms.steps, row.histograms.values) {
                let size = histogram.sampleCount
                sizes[step] = size
                samples += size - 1
            }
        }
        guard tally.needsSteps else {
            return tally.count(queryable: samples, read: samples) { ([], []) }
        }
        var counts: [Int] = []
        for step in 0..<row.count { counts.append(row[step].isAbsent ? 0 : sizes[step] ?? 1) }
        tally.count(queryable: samples, read: samples) { (counts, counts) }
    }

    /// Writes the value at each step.
    /// - Returns: the number of points.
    private func align(
        _ columns: borrowing SampleColumns, _ cache: inout WindowBoundsCache, into row: inout Row
    ) -> Int {
        let times = columns.times.span
        let values = columns.values.span
        let bounds = cache.prepare(times, columnID: columns.timeColumnID)
        let lower = cache.lower(bounds)
        let upper = cache.upper(bounds)
        var steps = row.mutableSpan
        if isSmoothed {
            return ExtendedWindows.interpolate(
                times, values, lower, upper, windows, lookback: selection.query.lookback, into: &steps)
        }
        let points = Staleness.newest(values, lower, upper, into: &steps)
        if content != .value { writeTime(columns, upper, into: &steps) }
        return points
    }

    /// Replaces each point by the time that is asked for.
    private func writeTime(
        _ columns: borrowing SampleColumns, _ upper: Span<Int32>, into steps: inout MutableSpan<Double>
    ) {
        let knowsStarts = !columns.startTimes.isEmpty
        for step in steps.indices where !steps[step].isAbsent {
            if content == .timeOfFloat, steps[step].isHistogramMark { continue }
            let sample = Int(upper[step]) - 1
            let time = content != .startTime ? columns.times[sample] : knowsStarts ? columns.startTimes[sample] : 0
            steps[step] = Double(time) / 1000
        }
    }

    /// ``align(_:_:into:)`` for a series with histograms.
    private func alignHistograms(
        _ columns: borrowing SampleColumns, _ cache: inout WindowBoundsCache, into row: inout Row,
        name: String
    ) -> Int {
        let times = columns.times.span
        let values = columns.values.span
        let bounds = cache.prepare(times, columnID: columns.timeColumnID)
        let lower = cache.lower(bounds)
        let upper = cache.upper(bounds)
        let numbers = HistogramNumbers(columns.histograms, rows: times.count)
        if isSmoothed {
            let annotations = SeriesAnnotations(selection.query, at: self.place, metricName: name)
            let smoothing = SmoothedHistograms(
                windows: windows, lookback: selection.query.lookback, annotations: annotations)
            return smoothing.interpolate(times, values, lower, upper, numbers, into: &row)
        }
        var steps = row.mutableSpan
        let (points, histograms) = Staleness.newest(values, lower, upper, numbers, into: &steps)
        if content != .value { writeTime(columns, upper, into: &steps) }
        row.setHistograms(content == .value || content == .timeOfFloat ? histograms : HistogramPoints())
        return points
    }
}

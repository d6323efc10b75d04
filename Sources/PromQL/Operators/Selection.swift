internal import KTSDBModel

/// The series that a selector names, found in storage.
struct Selection: Sendable {
    let series: any SelectedSeries
    let query: RunningQuery

    init(_ matchers: [LabelMatcher], _ range: ClosedRange<Int64>, query: RunningQuery) throws(QueryError) {
        self.query = query
        try query.check()
        let times = Timestamp(milliseconds: range.lowerBound)...Timestamp(milliseconds: range.upperBound)
        do throws(ReadError) {
            series = try query.source.select(matchers, in: times)
        } catch {
            throw .storage(error)
        }
    }

    /// The labels of all series. Once per query: not per step, and not per operation.
    func identities() throws(QueryError) -> [SeriesIdentity] {
        var identities: [SeriesIdentity] = []
        identities.reserveCapacity(series.count)
        for position in 0..<series.count {
            if position % 4096 == 4095 { try query.check() }
            identities.append(SeriesIdentity(labels: series.labels(at: position), dropsName: false))
        }
        return identities
    }
}

/// Decodes the columns of a selection into scratch memory that is counted.
final class SelectionDecoder {
    private let selection: Selection
    private let reservation: SampleReservation

    init(_ selection: Selection) {
        self.selection = selection
        reservation = SampleReservation(selection.query)
    }

    /// Replaces what is in `columns` by the samples of the series at `position`, markers included.
    func decode(_ position: Int, into columns: inout SampleColumns) throws(QueryError) {
        try selection.query.check()
        do throws(ReadError) {
            try selection.series.decode(position, into: &columns)
        } catch {
            throw .storage(error)
        }
        // Bounds are 32 bits wide; a longer column is beyond any memory all the same.
        guard columns.times.count < Int(Int32.max) else {
            throw .tooManySamples(limit: selection.query.sampleLimit, needed: columns.times.count)
        }
        try reservation.grow(to: columns.times.count)
    }
}

/// An instant selector: for each step the newest sample within the lookback.
final class SelectorRows: RowSource {
    let grid: StepGrid
    let hasOneName: Bool
    private let selection: Selection
    private let windows: WindowTimes
    private let identities: [SeriesIdentity]
    /// Whether the value is the sample's own time in seconds: `timestamp(x)`, and how `info` finds the newest.
    private let givesTime: Bool
    private let isSmoothed: Bool
    private let weight: Int

    /// `weight` as in ``Evaluator``.
    init(
        _ plan: SelectorPlan, on grid: StepGrid, query: RunningQuery, weight: Int, givesTime: Bool = false
    ) throws(QueryError) {
        self.grid = grid
        self.weight = weight
        hasOneName = plan.hasOneName
        self.givesTime = givesTime
        isSmoothed = plan.ends == .smoothed
        let lookback = WindowTimes(on: grid, offset: plan.offset, at: plan.at, width: query.lookback)
        windows = isSmoothed ? lookback.extended(after: query.lookback) : lookback
        selection = try Selection(plan.matchers, windows.selection, query: query)
        identities = try selection.identities()
    }

    var count: Int { identities.count }

    func series(at position: Int) -> SeriesIdentity { identities[position] }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: SelectorRows
        let decoder: SelectionDecoder
        var columns = SampleColumns()
        var cache: WindowBoundsCache

        init(_ rows: SelectorRows) {
            self.rows = rows
            decoder = SelectionDecoder(rows.selection)
            cache = WindowBoundsCache(rows.windows)
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            try decoder.decode(position, into: &columns)
            if rows.isSmoothed { Staleness.removeMarkers(from: &columns) }
            guard !columns.times.isEmpty else { return false }
            let points = rows.align(columns, &cache, into: &row)
            rows.selection.query.count(queryable: rows.weight * points, read: points)
            return points > 0
        }
    }

    /// Writes the value at each step.
    /// - Returns: the number of points.
    private func align(
        _ columns: borrowing SampleColumns, _ cache: inout WindowBoundsCache, into row: inout Row
    ) -> Int {
        let times = columns.times.span, values = columns.values.span
        let place = cache.prepare(times, columnID: columns.timeColumnID)
        let lower = cache.lower(place), upper = cache.upper(place)
        var steps = row.mutableSpan
        if isSmoothed {
            return ExtendedWindows.interpolate(
                times, values, lower, upper, windows, lookback: selection.query.lookback, into: &steps)
        }
        let points = Staleness.newest(values, lower, upper, into: &steps)
        if givesTime {
            for step in steps.indices where !steps[step].isAbsent {
                steps[step] = Double(times[Int(upper[step]) - 1]) / 1000
            }
        }
        return points
    }
}

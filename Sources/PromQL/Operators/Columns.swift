internal import KTSDBModel

/// What windows slide over: series in a fixed order, each of which gives its samples when asked. The label sets are all
/// different.
protocol ColumnSource: AnyObject, Sendable {
    var count: Int { get }
    /// As in ``RowSource``.
    var hasOneName: Bool { get }
    func series(at position: Int) -> SeriesIdentity
    /// All series, in order.
    var identities: [SeriesIdentity] { get }
    /// As in ``RowSource``.
    var depth: Int { get }
    /// Something to read columns with; each thread has its own.
    func makeReader() -> any ColumnReader
}

extension ColumnSource {
    var identities: [SeriesIdentity] { (0..<count).map { series(at: $0) } }

    var depth: Int { 0 }
}

/// Reads columns of one source.
protocol ColumnReader: AnyObject {
    /// Replaces what is in `columns` by the samples of the series at `position`; no markers among them.
    func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError)
}

/// The samples of a range selector.
final class SelectedColumns: ColumnSource {
    let hasOneName: Bool
    let identities: [SeriesIdentity]
    private let selection: Selection
    private let readsStatisticsOnly: Bool

    init(_ plan: SelectorPlan, _ range: ClosedRange<Int64>, query: RunningQuery) throws(QueryError) {
        hasOneName = plan.hasOneName
        readsStatisticsOnly = plan.readsStatisticsOnly
        selection = try Selection(plan.matchers, range, query: query)
        identities = try selection.identities()
    }

    var count: Int { identities.count }

    func series(at position: Int) -> SeriesIdentity { identities[position] }

    func makeReader() -> any ColumnReader { Reader(selection, readsStatisticsOnly) }

    private final class Reader: ColumnReader {
        let decoder: SelectionDecoder
        init(_ selection: Selection, _ readsStatisticsOnly: Bool) {
            decoder = SelectionDecoder(selection, readsStatisticsOnly: readsStatisticsOnly)
        }

        func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError) {
            try decoder.decode(position, into: &columns)
            Staleness.removeMarkers(from: &columns)
        }
    }
}

/// The points of a subquery: the rows of its expression on the subquery's own grid, as samples.
final class SubqueryColumns: ColumnSource {
    private let rows: any RowSource
    private let query: RunningQuery
    /// Whether what is known of resets is left as it is: where the points are the result.
    private let keepsHints: Bool

    init(_ rows: any RowSource, query: RunningQuery, keepsHints: Bool) {
        self.rows = rows
        self.query = query
        self.keepsHints = keepsHints
    }

    var count: Int { rows.count }
    var hasOneName: Bool { rows.hasOneName }
    var depth: Int { rows.depth + 1 }
    var identities: [SeriesIdentity] { rows.identities }

    func series(at position: Int) -> SeriesIdentity { rows.series(at: position) }

    func makeReader() -> any ColumnReader { Reader(self) }

    /// The times of a series that has a point at each step are always the same.
    private static let completeColumnID: UInt64 = 1

    private final class Reader: ColumnReader {
        let grid: StepGrid
        let reader: any RowReader
        let query: RunningQuery
        let keepsHints: Bool
        let reservation: SampleReservation
        var row = Row()

        init(_ source: SubqueryColumns) {
            keepsHints = source.keepsHints
            grid = source.rows.grid
            reader = source.rows.makeReader()
            query = source.query
            reservation = SampleReservation(source.query)
        }

        func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError) {
            try query.check()
            // The row, and both columns.
            try reservation.grow(to: 3 * grid.count)
            if row.isEmpty { row.appendAbsent(grid.count) }
            columns.removeAll()
            guard try reader.read(position, into: &row) else { return }
            Self.append(row, grid, keepsHints: keepsHints, to: &columns)
            columns.timeColumnID = columns.times.count == grid.count ? SubqueryColumns.completeColumnID : 0
        }

        private static func append(
            _ row: borrowing Row, _ grid: StepGrid, keepsHints: Bool, to columns: inout SampleColumns
        ) {
            columns.times.reserve(grid.count)
            columns.values.reserve(grid.count)
            let values = row.span
            if row.hasHistograms { return appendMixed(row, grid, keepsHints: keepsHints, to: &columns) }
            for step in values.indices where !values[step].isAbsent {
                columns.times.append(grid.time(step))
                columns.values.append(values[step])
            }
        }

        /// A subquery takes some samples and leaves others out, so what is known of resets between neighbours no longer
        /// holds.
        private static func appendMixed(
            _ row: borrowing Row, _ grid: StepGrid, keepsHints: Bool, to columns: inout SampleColumns
        ) {
            for step in 0..<row.count where !row[step].isAbsent {
                if var histogram = row.histogram(at: step) {
                    if !keepsHints, histogram.counterResetHint != .gauge { histogram.counterResetHint = .unknown }
                    columns.append(histogram, at: grid.time(step))
                } else {
                    columns.times.append(grid.time(step))
                    columns.values.append(row[step])
                }
            }
        }
    }
}

extension StepGrid {
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

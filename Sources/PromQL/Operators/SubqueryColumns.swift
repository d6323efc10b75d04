internal import KTSDBModel

/// The points of a subquery: the rows of its expression on the subquery's own grid, as samples.
final class SubqueryColumns: ColumnSource {
    private let rows: any RowSource
    private let query: QueryContext
    /// Whether what is known of resets is left as it is: where the points are the result.
    private let keepsHints: Bool

    init(_ rows: any RowSource, query: QueryContext, keepsHints: Bool) {
        self.rows = rows
        self.query = query
        self.keepsHints = keepsHints
    }

    var count: Int { rows.count }
    var hasOneName: Bool { rows.hasOneName }
    var depth: Int { rows.depth + 1 }
    var identities: [SeriesIdentity] { get throws(QueryError) { try rows.identities } }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try rows.series(at: position) }

    func makeReader() -> any SampleReader { Reader(self) }

    /// The times of a series that has a point at each step are always the same.
    private static let completeColumnID: UInt64 = 1

    private final class Reader: SampleReader {
        let grid: StepGrid
        let reader: any RowReader
        let query: QueryContext
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

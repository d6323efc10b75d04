internal import KTSDBModel

/// What one thread reads rows with.
final class RowWorker {
    private let reader: any RowReader
    private let steps: Int
    private let query: QueryContext
    private let reservation: SampleReservation
    private var pace: QueryPace
    /// The row read last.
    private(set) var row = Row()

    init(_ rows: any RowSource, _ query: QueryContext) {
        reader = rows.makeReader()
        steps = rows.grid.count
        self.query = query
        pace = QueryPace(query)
        reservation = SampleReservation(query)
    }

    /// Reads the row of the series at `position`.
    /// - Returns: false if it surely has no point.
    func read(_ position: Int) throws(QueryError) -> Bool {
        if row.isEmpty {
            // The row, and where the windows of each step begin and end.
            try reservation.grow(by: steps, bytesEach: 24)
            row.appendAbsent(steps)
        }
        try pace.step(16 + steps / 4)
        return try reader.read(position, into: &row)
    }

    /// Whether ``readStep(of:)`` can be used.
    var readsSteps: Bool { reader.readsSteps }

    /// Reads the points of many series at the only step of the grid.
    func readStep(of positions: Range<Int>) throws(QueryError) {
        if row.count < positions.count { try reservation.grow(bytes: 32 * (positions.count - row.count)) }
        try pace.step(2 * positions.count)
        try reader.readStep(of: positions, into: &row)
    }

    /// Takes the histograms out of the row read last, for an aggregation whose operand starts at `place`.
    ///
    /// - Returns: those that are to be added up. For `count` and `group` they stay in the row, as points like others;
    ///   the other operators leave them out and say so.
    func histograms(for operation: AggregationOperator, at place: Int) -> HistogramPoints {
        guard row.hasHistograms else { return HistogramPoints() }
        switch operation {
        case .sum, .avg: return row.takeHistograms()
        case .count, .group: return HistogramPoints()
        default:
            if row.dropHistograms() { query.annotations.add(.ignoredInAggregation(operation.rawValue), at: place) }
            return HistogramPoints()
        }
    }

    /// Takes the histograms out of the row read last.
    func takeHistograms() -> HistogramPoints { row.takeHistograms() }

    /// Appends the row read last.
    func append(to column: inout Column<Double>) { Self.append(row, to: &column) }

    private static func append(_ row: borrowing Row, to column: inout Column<Double>) { column.append(row.span) }
}

internal import KTSDBModel

/// What one thread reads rows with.
final class RowWorker {
    private let reader: any RowReader
    private let steps: Int
    private let reservation: SampleReservation
    /// The row read last.
    private(set) var row = Row()

    init(_ rows: any RowSource, _ query: RunningQuery) {
        reader = rows.makeReader()
        steps = rows.grid.count
        reservation = SampleReservation(query)
    }

    /// Reads the row of the series at `position`.
    /// - Returns: false if it surely has no point.
    func read(_ position: Int) throws(QueryError) -> Bool {
        if row.isEmpty {
            try reservation.grow(by: steps)
            row.appendAbsent(steps)
        }
        return try reader.read(position, into: &row)
    }

    /// Appends the row read last.
    func append(to column: inout Column<Double>) { Self.append(row, to: &column) }

    private static func append(_ row: borrowing Row, to column: inout Column<Double>) { column.append(row.span) }
}

internal import KTSDBModel

extension Evaluator {
    /// `rows` as they are, or so that reading them is measured.
    func metered(_ rows: any RowSource, _ id: Int) -> any RowSource {
        guard let profile = query.profile else { return rows }
        guard let matrix = rows as? MatrixRows else { return MeteredRows(rows, id, profile, query) }
        // They have all been made already.
        let points = (0..<matrix.count).reduce(0) { $0 + matrix.points(at: $1).values.count }
        profile.change(id) { cost in
            cost.series += matrix.count
            cost.points += points
            cost.isInMemory = true
        }
        return matrix
    }
}

/// Rows of which it is measured what making them costs.
private final class MeteredRows: RowSource {
    let source: any RowSource
    let id: Int
    let profile: QueryProfile
    let query: QueryContext

    init(_ source: any RowSource, _ id: Int, _ profile: QueryProfile, _ query: QueryContext) {
        self.source = source
        depth = source.depth + 1
        self.id = id
        self.profile = profile
        self.query = query
    }

    var count: Int { source.count }
    var grid: StepGrid { source.grid }
    var hasOneName: Bool { source.hasOneName }
    let depth: Int

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try source.series(at: position) }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: MeteredRows
        let reader: any RowReader

        init(_ rows: MeteredRows) {
            self.rows = rows
            reader = rows.source.makeReader()
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            let begin = ContinuousClock.now, before = rows.query.statistics
            let hasPoints = try reader.read(position, into: &row)
            let took = ContinuousClock.now - begin, after = rows.query.statistics
            var points = 0
            if hasPoints { for step in 0..<row.count where !row[step].isAbsent { points += 1 } }
            rows.profile.change(rows.id) { cost in
                cost.time += took
                cost.queryable += after.queryableSamples - before.queryableSamples
                cost.read += after.samplesRead - before.samplesRead
                cost.points += points
                cost.series += points > 0 ? 1 : 0
            }
            return hasPoints
        }
    }
}

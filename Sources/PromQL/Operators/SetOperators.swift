internal import KTSDBModel

// `and`, `or`, `unless`: which points stay depends on which matching labels have a point on the other side at that step.

/// For each set of matching labels the steps at which some series has a point.
private struct Presence: Sendable {
    private let grouping: Grouping
    private let steps: Int
    private var numbers: [Labels: Int] = [:]
    private var flags: [Bool] = []
    private let reservation: SampleReservation

    init(_ matching: VectorMatching, steps: Int, query: RunningQuery) {
        grouping = Grouping(isWithout: !matching.isOn, names: matching.labels)
        self.steps = steps
        reservation = SampleReservation(query)
    }

    mutating func add(_ row: borrowing Row, of series: SeriesIdentity) throws(QueryError) {
        let labels = grouping.labels(of: series.labels)
        let base: Int
        if let number = numbers[labels] {
            base = number
        } else {
            // A flag is an eighth of a sample.
            try reservation.grow(by: steps / 8 + 1)
            base = flags.count
            numbers[labels] = base
            flags += repeatElement(false, count: steps)
        }
        for step in 0..<steps where !row[step].isAbsent { flags[base + step] = true }
    }

    /// Keeps the points of `row` at steps where the other side has some, or has none.
    func filter(_ row: inout Row, of series: SeriesIdentity, keepingMatched: Bool) {
        let base = numbers[grouping.labels(of: series.labels)]
        for step in 0..<steps {
            let isMatched = if let base { flags[base + step] } else { false }
            if isMatched != keepingMatched { row[step] = .absent }
        }
    }
}

extension Evaluator {
    /// `a and b`, `a unless b`.
    func filtered(_ plan: BinaryPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let left = try vector(plan.left, on: grid), right = try vector(plan.right, on: grid)
        let presence = try presence(of: right, plan.matching!)
        let keepsMatched = plan.operation == .and
        return FilteredRows(left) { row, series in presence.filter(&row, of: series, keepingMatched: keepsMatched) }
    }

    /// `a or b`: all of a, and what of b has no matching series in a.
    func union(_ plan: BinaryPlan, on grid: StepGrid) throws(QueryError) -> any RowSource {
        let left = try materialized(try vector(plan.left, on: grid))
        let presence = try presence(of: left, plan.matching!)
        let right = FilteredRows(try vector(plan.right, on: grid)) { row, series in
            presence.filter(&row, of: series, keepingMatched: false)
        }
        let both = ConcatenatedRows(left, try materialized(right))
        let identities = both.identities
        guard !DistinctLabels.groups(of: identities).isEmpty else { return both }
        return try DistinctLabels.joined(both, identities, waits: true, query: query)
    }

    private func presence(of rows: any RowSource, _ matching: VectorMatching) throws(QueryError) -> Presence {
        var presence = Presence(matching, steps: rows.grid.count, query: query)
        try forEachRow(of: rows) { position, row throws(QueryError) in
            try presence.add(row, of: rows.series(at: position))
        }
        return presence
    }
}

/// Rows of another source with points taken away, depending on the series.
private final class FilteredRows: RowSource {
    typealias Filter = @Sendable (inout Row, SeriesIdentity) -> Void
    private let source: any RowSource
    private let filter: Filter

    init(_ source: any RowSource, _ filter: @escaping Filter) {
        self.source = source
        self.filter = filter
    }

    var count: Int { source.count }
    var grid: StepGrid { source.grid }
    var hasOneName: Bool { source.hasOneName }

    func series(at position: Int) -> SeriesIdentity { source.series(at: position) }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: FilteredRows
        let reader: any RowReader

        init(_ rows: FilteredRows) {
            self.rows = rows
            reader = rows.source.makeReader()
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            guard try reader.read(position, into: &row) else { return false }
            rows.filter(&row, rows.source.series(at: position))
            return true
        }
    }
}

/// The rows of one source after those of another.
final class ConcatenatedRows: RowSource {
    private let first: any RowSource
    private let second: any RowSource

    init(_ first: any RowSource, _ second: any RowSource) {
        self.first = first
        self.second = second
    }

    var count: Int { first.count + second.count }
    var grid: StepGrid { first.grid }

    func series(at position: Int) -> SeriesIdentity {
        position < first.count ? first.series(at: position) : second.series(at: position - first.count)
    }

    func makeReader() -> any RowReader { Reader(first.makeReader(), second.makeReader(), first.count) }

    private final class Reader: RowReader {
        let first: any RowReader
        let second: any RowReader
        let firstCount: Int

        init(_ first: any RowReader, _ second: any RowReader, _ firstCount: Int) {
            self.first = first
            self.second = second
            self.firstCount = firstCount
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            try position < firstCount
                ? first.read(position, into: &row) : second.read(position - firstCount, into: &row)
        }
    }
}

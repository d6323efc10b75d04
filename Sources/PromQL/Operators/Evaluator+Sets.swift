internal import KTSDBModel

// `and`, `or`, `unless`: which points stay depends on which matching labels have a point on the other side at that
// step.

/// For each set of matching labels the steps at which some series has a point.
private struct Presence: Sendable {
    private let grouping: Grouping
    private let steps: Int
    private var numbers: [Labels: Int] = [:]
    private var flags: [Bool] = []
    private let reservation: SampleReservation

    init(_ matching: VectorMatching, steps: Int, query: QueryContext) {
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
            try reservation.grow(bytes: labels.stringForm.count + SeriesIdentity.baseByteCount)
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
    func filtered(
        _ left: any RowSource, _ link: ChainLink, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        var presence = Presence(link.matching!, steps: grid.count, query: query)
        try add(try vector(link.right, on: grid), to: &presence)
        let keepsMatched = link.operation == .and
        return FilteredRows(left) { [presence] row, series in
            presence.filter(&row, of: series, keepingMatched: keepsMatched)
        }
    }

    /// `a or b or c`, all of which match by the same labels: all of a, what of b has no matching series in a, what of c
    /// has none in either.
    func union(
        _ left: any RowSource, _ links: ArraySlice<ChainLink>, on grid: StepGrid
    ) throws(QueryError) -> any RowSource {
        var parts = [try materialized(left)]
        var presence = Presence(links[links.startIndex].matching!, steps: grid.count, query: query)
        try add(parts[0], to: &presence)
        for index in links.indices {
            try query.check()
            let part = try self.rows(of: links[index].right, without: presence, on: grid)
            guard part.count > 0 else { continue }
            parts.append(part)
            // After the last one it is not needed.
            if index < links.endIndex - 1 { try add(part, to: &presence) }
        }
        let all = MatrixRows(grid: grid, joining: parts)
        guard try !DistinctLabels.groups(of: all.identities, query: query).isEmpty else { return all }
        return try DistinctLabels.joined(all, all.identities, waits: true, query: query)
    }

    /// The rows of `node` where nothing of `presence` matches.
    private func rows(
        of node: PlanNode, without presence: Presence, on grid: StepGrid
    ) throws(QueryError) -> MatrixRows {
        try materialized(
            FilteredRows(try vector(node, on: grid)) { row, series in
                presence.filter(&row, of: series, keepingMatched: false)
            })
    }

    private func add(_ rows: any RowSource, to presence: inout Presence) throws(QueryError) {
        try forEachRow(of: rows) { position, row throws(QueryError) in
            try presence.add(row, of: rows.series(at: position))
        }
    }
}

/// Rows of another source with points taken away, depending on the series.
private final class FilteredRows: RowSource {
    typealias Filter = @Sendable (inout Row, SeriesIdentity) -> Void
    private let source: any RowSource
    private let filter: Filter
    let depth: Int

    init(_ source: any RowSource, _ filter: @escaping Filter) {
        self.source = source
        depth = source.depth + 1
        self.filter = filter
    }

    var count: Int { source.count }
    var grid: StepGrid { source.grid }
    var hasOneName: Bool { source.hasOneName }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try source.series(at: position) }

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
            rows.filter(&row, try rows.source.series(at: position))
            return true
        }
    }
}

/// The rows of several sources, one after the other.
final class ConcatenatedRows: RowSource {
    private let sources: [any RowSource]
    /// Where the rows of each source begin, and the end of the last one.
    private let starts: [Int]

    /// - Parameter sources: at least one, all on the same grid.
    init(_ sources: [any RowSource]) {
        self.sources = sources
        starts = sources.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    var count: Int { starts[starts.count - 1] }
    var depth: Int { 1 + (sources.lazy.map(\.depth).max() ?? 0) }
    var grid: StepGrid { sources[0].grid }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity {
        let source = source(of: position)
        return try sources[source].series(at: position - starts[source])
    }

    /// The source that has the row at `position`.
    private func source(of position: Int) -> Int {
        // Sources without rows begin where the next one does: the last that begins here has the row.
        (1..<sources.count).partitionPoint { starts[$0] <= position } - 1
    }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: ConcatenatedRows
        let readers: [any RowReader]

        init(_ rows: ConcatenatedRows) {
            self.rows = rows
            readers = rows.sources.map { $0.makeReader() }
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            let source = rows.source(of: position)
            return try readers[source].read(position - rows.starts[source], into: &row)
        }
    }
}

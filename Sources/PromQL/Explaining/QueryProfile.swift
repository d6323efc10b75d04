internal import KTSDBModel
internal import Synchronization

/// Measures what each node of a plan gives and costs, while one thread evaluates it.
///
/// A node works when its rows are asked for by the node above it, mostly one at a time, so that each time is the sum of
/// many short ones; what a node causes below it is part of its own.
final class QueryProfile: Sendable {
    struct Cost: Sendable {
        var series = 0, points = 0, queryable = 0, read = 0
        var isInMemory = false
        var time = Duration.zero
    }
    private let costs: Mutex<[Cost]>

    init(nodes: Int) { costs = Mutex([Cost](repeating: Cost(), count: nodes)) }

    /// Runs `body` for the node `id` and adds what it costs.
    func measure<T>(
        _ id: Int, in query: RunningQuery, _ body: () throws(QueryError) -> T
    ) throws(QueryError) -> T {
        let begin = ContinuousClock.now, before = query.statistics
        defer {
            let took = ContinuousClock.now - begin, after = query.statistics
            change(id) { cost in
                cost.time += took
                cost.queryable += after.queryableSamples - before.queryableSamples
                cost.read += after.samplesRead - before.samplesRead
            }
        }
        return try body()
    }

    func change(_ id: Int, _ change: (inout Cost) -> Void) { costs.withLock { change(&$0[id]) } }

    /// The tree below `node`, with what was measured.
    func explanation(of node: PlanNode) -> QueryExplanation.Node {
        let cost = costs.withLock { $0[node.id] }
        let children = node.children.map { explanation(of: $0) }
        let below = children.reduce(Duration.zero) { $0 + $1.time }
        return QueryExplanation.Node(
            operation: node.summary, series: cost.series, points: cost.points, queryableSamples: cost.queryable,
            samplesRead: cost.read, isInMemory: cost.isInMemory, time: cost.time,
            ownTime: max(.zero, cost.time - below), children: children)
    }
}

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
    let query: RunningQuery

    init(_ source: any RowSource, _ id: Int, _ profile: QueryProfile, _ query: RunningQuery) {
        self.source = source
        self.id = id
        self.profile = profile
        self.query = query
    }

    var count: Int { source.count }
    var grid: StepGrid { source.grid }
    var hasOneName: Bool { source.hasOneName }

    func series(at position: Int) -> SeriesIdentity { source.series(at: position) }

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

/// Columns of which it is measured what reading them costs.
final class MeteredColumns: ColumnSource {
    private let source: any ColumnSource
    private let id: Int
    private let profile: QueryProfile

    init(_ source: any ColumnSource, _ id: Int, _ profile: QueryProfile) {
        self.source = source
        self.id = id
        self.profile = profile
    }

    var count: Int { source.count }
    var hasOneName: Bool { source.hasOneName }

    func series(at position: Int) -> SeriesIdentity { source.series(at: position) }

    func makeReader() -> any ColumnReader { Reader(source.makeReader(), id, profile) }

    private final class Reader: ColumnReader {
        let reader: any ColumnReader
        let id: Int
        let profile: QueryProfile

        init(_ reader: any ColumnReader, _ id: Int, _ profile: QueryProfile) {
            self.reader = reader
            self.id = id
            self.profile = profile
        }

        func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError) {
            let begin = ContinuousClock.now
            try reader.read(position, into: &columns)
            let took = ContinuousClock.now - begin, samples = columns.times.count
            profile.change(id) { cost in
                cost.time += took
                cost.points += samples
                cost.read += samples
                cost.series += samples > 0 ? 1 : 0
            }
        }
    }
}

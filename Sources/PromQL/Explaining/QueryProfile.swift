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

    /// When something began that is measured.
    struct Mark {
        fileprivate var begin: ContinuousClock.Instant
        fileprivate var before: QueryStatistics
    }

    /// A beginning.
    func mark(in query: RunningQuery) -> Mark { Mark(begin: .now, before: query.statistics) }

    /// Adds to the node `id` what everything since `mark` costs.
    func add(_ id: Int, since mark: Mark, in query: RunningQuery) {
        let took = ContinuousClock.now - mark.begin, after = query.statistics
        change(id) { cost in
            cost.time += took
            cost.queryable += after.queryableSamples - mark.before.queryableSamples
            cost.read += after.samplesRead - mark.before.samplesRead
        }
    }

    /// Runs `body` for the node `id` and adds what it costs.
    func measure<T>(
        _ id: Int, in query: RunningQuery, _ body: () throws(QueryError) -> T
    ) throws(QueryError) -> T {
        let mark = self.mark(in: query)
        defer { add(id, since: mark, in: query) }
        return try body()
    }

    func change(_ id: Int, _ change: (inout Cost) -> Void) { costs.withLock { change(&$0[id]) } }

    private func cost(_ id: Int) -> Cost { costs.withLock { $0[id] } }

    /// The tree below `node`, with what was measured.
    func explanation(of node: PlanNode) -> QueryExplanation.Node {
        guard case .chain(let plan) = node.kind else {
            return Self.node(node.summary, cost(node.id), node.children.map { explanation(of: $0) })
        }
        guard plan.links.count <= QueryExplanation.deepestChain else { return explanation(ofLong: plan, node) }
        return plan.links.reduce(explanation(of: plan.first)) { left, link in
            Self.node(link.summary, cost(link.id), [left, explanation(of: link.right)])
        }
    }

    /// A chain that is too long for a tree: its operators beside one another, each with what it and its right side alone cost.
    private func explanation(ofLong plan: ChainPlan, _ node: PlanNode) -> QueryExplanation.Node {
        var children = [explanation(of: plan.first)], last = cost(plan.first.id)
        for link in plan.links {
            let whole = cost(link.id)
            var own = whole
            // What was measured has all that stands left of the operator in it.
            own.time -= last.time
            own.queryable -= last.queryable
            own.read -= last.read
            last = whole
            children.append(Self.node(link.summary, own, [explanation(of: link.right)]))
        }
        return Self.node(node.summary, cost(node.id), children)
    }

    private static func node(
        _ operation: String, _ cost: Cost, _ children: [QueryExplanation.Node]
    ) -> QueryExplanation.Node {
        let below = children.reduce(Duration.zero) { $0 + $1.time }
        return QueryExplanation.Node(
            operation: operation, series: cost.series, points: cost.points, queryableSamples: cost.queryable,
            samplesRead: cost.read, isInMemory: cost.isInMemory, time: max(.zero, cost.time),
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
        depth = source.depth + 1
        self.id = id
        self.profile = profile
        self.query = query
    }

    var count: Int { source.count }
    var grid: StepGrid { source.grid }
    var hasOneName: Bool { source.hasOneName }
    let depth: Int

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
    var depth: Int { source.depth + 1 }

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

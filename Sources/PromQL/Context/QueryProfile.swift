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
        /// The interval of the rollups that were read in place of samples, in milliseconds.
        var rollupInterval: Int64?
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
    func mark(in query: QueryContext) -> Mark { Mark(begin: .now, before: query.statistics) }

    /// Adds to the node `id` what everything since `mark` costs.
    func add(_ id: Int, since mark: Mark, in query: QueryContext) {
        let took = ContinuousClock.now - mark.begin, after = query.statistics
        change(id) { cost in
            cost.time += took
            cost.queryable += after.queryableSamples - mark.before.queryableSamples
            cost.read += after.samplesRead - mark.before.samplesRead
        }
    }

    /// Runs `body` for the node `id` and adds what it costs.
    func measure<T>(
        _ id: Int, in query: QueryContext, _ body: () throws(QueryError) -> T
    ) throws(QueryError) -> T {
        let mark = self.mark(in: query)
        defer { add(id, since: mark, in: query) }
        return try body()
    }

    func change(_ id: Int, _ change: (inout Cost) -> Void) { costs.withLock { change(&$0[id]) } }

    func cost(_ id: Int) -> Cost { costs.withLock { $0[id] } }
}

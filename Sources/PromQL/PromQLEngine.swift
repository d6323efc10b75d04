public import KTSDBModel

/// Evaluates PromQL over anything that gives series; holds nothing but its options, so that one engine serves all
/// threads and all databases.
///
/// ```swift
/// let engine = PromQLEngine()
/// let result = try await engine.query("sum by (job) (rate(requests_total[5m]))", at: .now, in: view)
/// ```
public struct PromQLEngine: Sendable {
    /// What the engine allows and how it reads the language.
    public let options: EngineOptions
    /// A query with a longer text is not small.
    private static let longestSmallText = 4096
    /// Shared by all copies of the engine.
    let budget: MemoryBudget?

    /// Creates an engine.
    public init(_ options: EngineOptions = .init()) {
        self.options = options
        budget = MemoryBudget(limit: options.maximumBytesOfAllQueries, ledger: options.memory)
    }

    /// The bytes that running queries and results that are still held have taken; nil without
    /// ``EngineOptions/maximumBytesOfAllQueries`` and ``EngineOptions/memory``.
    public var bytesInUse: Int? { budget?.bytesInUse }

    // MARK: Asynchronous: for servers and applications

    /// Evaluates an expression at one time.
    ///
    /// A query that surely takes no more than a millisecond or two is evaluated at once, on the thread that it was
    /// asked on. All others run on threads of their own, never on Swift's cooperative pool, and end within about a
    /// millisecond of the task's being cancelled.
    /// `cancellation` ends the query, too.
    /// - Returns: a vector, a scalar, a string, or for a range vector such as `x[5m]` a matrix.
    /// - Throws: ``QueryError``.
    public func query(
        _ text: String, at time: Timestamp, in source: some SeriesSource, overrides: QueryOverrides = .init(),
        cancellation: QueryCancellation? = nil
    ) async throws(QueryError) -> QueryResult {
        try await query(try prepare(text), at: time, in: source, overrides: overrides, cancellation: cancellation)
    }

    /// Evaluates an expression that was read before; as `query(_:at:in:overrides:)`.
    public func query(
        _ query: PreparedQuery, at time: Timestamp, in source: some SeriesSource,
        overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) async throws(QueryError) -> QueryResult {
        try await run(query, in: source, overrides, cancellation) { () throws(QueryError) in
            try PlannedQuery(query, at: time)
        }
    }

    /// Evaluates an expression at `range.lowerBound`, one `step` later and so on up to `range.upperBound`, which is
    /// included if a step falls on it.
    ///
    /// Threads are chosen as for `query(_:at:in:overrides:)`.
    /// - Returns: a matrix, ordered by labels.
    /// - Throws: ``QueryError``.
    public func query(
        _ text: String, over range: ClosedRange<Timestamp>, step: Duration, in source: some SeriesSource,
        overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) async throws(QueryError) -> QueryResult {
        try await query(
            try prepare(text), over: range, step: step, in: source, overrides: overrides, cancellation: cancellation)
    }

    /// Evaluates an expression that was read before; as `query(_:over:step:in:overrides:)`.
    public func query(
        _ query: PreparedQuery, over range: ClosedRange<Timestamp>, step: Duration, in source: some SeriesSource,
        overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) async throws(QueryError) -> QueryResult {
        try await run(query, in: source, overrides, cancellation) { () throws(QueryError) in
            try PlannedQuery(query, over: range, step: step)
        }
    }

    private func run(
        _ prepared: PreparedQuery, in source: any SeriesSource, _ overrides: QueryOverrides,
        _ cancellation: QueryCancellation?, _ plan: @escaping @Sendable () throws(QueryError) -> PlannedQuery
    ) async throws(QueryError) -> QueryResult {
        let cancellation = cancellation ?? QueryCancellation()
        let limits = limits(overrides: overrides, cancellation: cancellation)
        guard prepared.text.utf8.count <= Self.longestSmallText else {
            // Planning takes its time, too.
            return try await QueryThreads.run(cancellation) { _ throws(QueryError) in
                try limits.checkTime()
                return try evaluate(try plan(), in: source, overrides, limits)
            }
        }
        let query = try plan()
        var estimate = WorkEstimate(source, options, overrides, limits)
        let isSmall = estimate.isSmall(query.plan, on: query.grid)
        let selections = estimate.source
        if isSmall {
            guard !Task.isCancelled else { throw .cancelled }
            return try evaluate(query, in: selections, overrides, limits)
        }
        return try await QueryThreads.run(cancellation) { _ throws(QueryError) in
            try evaluate(query, in: selections, overrides, limits)
        }
    }

    // MARK: Synchronous: for rules, tests and tools

    /// Reads an expression with the engine's parser options, for `query(_:at:in:overrides:)`
    /// and its like. It takes microseconds for what people write; longer texts should be read within limits.
    /// - Throws: ``QueryError/parse(_:)`` if the text is not a valid expression.
    public func prepare(_ text: String) throws(QueryError) -> PreparedQuery {
        PreparedQuery(try expression(text), text: text)
    }

    /// Reads an expression as ``prepare(_:)`` does, and looks at `limits` meanwhile: a long text takes a tenth of a
    /// second for each megabyte.
    /// - Throws: also what the limits say.
    public func prepare(_ text: String, limits: QueryLimits) throws(QueryError) -> PreparedQuery {
        do throws(ParseErrors) {
            return PreparedQuery(try parse(text, options: options.parser, limits: limits), text: text)
        } catch {
            try limits.checkTime()
            throw .parse(error)
        }
    }

    /// Reads an expression with the engine's parser options; it can be evaluated any number of times.
    public func expression(_ text: String) throws(QueryError) -> Expression {
        do throws(ParseErrors) {
            return try parse(text, options: options.parser)
        } catch {
            throw .parse(error)
        }
    }

    /// Evaluates an expression at one time on the calling thread (and helpers for large selections).
    ///
    /// `text` is what the expression was read from; it gives annotations their `(line:column)`. `cancellation` ends the
    /// query from another thread.
    public func evaluate(
        _ expression: Expression, text: String = "", at time: Timestamp, in source: any SeriesSource,
        overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) throws(QueryError) -> QueryResult {
        let query = try PlannedQuery(PreparedQuery(expression, text: text), at: time)
        return try evaluate(query, in: source, overrides, limits(overrides: overrides, cancellation: cancellation))
    }

    /// Evaluates an expression over a range of steps, of at least a millisecond each, on the calling thread (and
    /// helpers for large selections).
    ///
    /// `text` is what the expression was read from; it gives annotations their `(line:column)`. `cancellation` ends the
    /// query from another thread.
    public func evaluate(
        _ expression: Expression, text: String = "", over range: ClosedRange<Timestamp>, step: Duration,
        in source: any SeriesSource, overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) throws(QueryError) -> QueryResult {
        let query = try PlannedQuery(PreparedQuery(expression, text: text), over: range, step: step)
        return try evaluate(query, in: source, overrides, limits(overrides: overrides, cancellation: cancellation))
    }

    /// `explaining` is called at the end with the plan and what was measured.
    func evaluate(
        _ planned: PlannedQuery, in source: any SeriesSource, _ overrides: QueryOverrides,
        _ limits: QueryLimits, explaining: ((PlanNode, QueryProfile) -> Void)? = nil
    ) throws(QueryError) -> QueryResult {
        try limits.readingAround { attempt throws(QueryError) in
            // What was selected for the first attempt may lead to the damage.
            let source = attempt === limits ? source : (source as? RememberedSelections)?.source ?? source
            return try evaluateOnce(planned, in: source, overrides, attempt, explaining: explaining)
        }
    }

    private func evaluateOnce(
        _ planned: PlannedQuery, in source: any SeriesSource, _ overrides: QueryOverrides,
        _ limits: QueryLimits, explaining: ((PlanNode, QueryProfile) -> Void)?
    ) throws(QueryError) -> QueryResult {
        let clock = ContinuousClock()
        let begin = clock.now, grid = planned.grid
        var plan = planned.plan
        var profile: QueryProfile?
        if explaining != nil {
            let nodes: Int
            (plan, nodes) = plan.numbered()
            profile = QueryProfile(nodes: nodes)
        }
        let query = try QueryContext(
            options: options, overrides: overrides, source: source, limits: limits, profile: profile,
            steps: grid.count)
        let started = clock.now
        let outcome = try Evaluator(query: query, tally: SampleTally(query, on: grid)).run(
            plan, on: grid)
        let evaluated = clock.now
        let value = try outcome.value(
            on: grid, isRange: planned.isRange, keepsOrder: planned.query.expression.ordersItsResult, query: query)
        var statistics = query.statistics
        statistics.preparation = planned.duration + (started - begin)
        statistics.evaluation = evaluated - started
        statistics.sorting = clock.now - evaluated
        let (warnings, infos) = query.annotations.texts(in: planned.query.text)
        if let profile { explaining?(plan, profile) }
        var result = QueryResult(
            value: value, warnings: limits.warnings + warnings, infos: infos, statistics: statistics)
        if budget != nil {
            limits.lease.shrink(to: value.byteCount)
            limits.lease.endClaim()
            result.lease = limits.lease
        }
        return result
    }
}

extension Expression {
    /// Whether the order of an instant vector that this expression gives means something.
    var ordersItsResult: Bool {
        switch self {
        case .parentheses(let node): node.inner.ordersItsResult
        case .call(let node): FunctionTable[node.function.name]?.ordersResult ?? false
        case .aggregation(let node): node.operation == .topk || node.operation == .bottomk
        default: false
        }
    }
}

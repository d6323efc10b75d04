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
    /// Shared by all copies of the engine.
    private let budget: MemoryBudget?

    /// Creates an engine.
    public init(_ options: EngineOptions = .init()) {
        self.options = options
        budget = options.maximumBytesOfAllQueries.map(MemoryBudget.init(limit:))
    }

    /// The bytes that running queries and results that are still held have taken; nil without
    /// ``EngineOptions/maximumBytesOfAllQueries``.
    public var bytesInUse: Int? { budget?.bytesInUse }

    // MARK: Asynchronous: for servers and applications

    /// Evaluates an expression at one time.
    ///
    /// The work runs on threads of its own, never on Swift's cooperative pool, and ends within about 2^16 points once
    /// the task is cancelled. `source` is asked for there, too: a view is as new as can be.
    /// - Returns: a vector, a scalar, a string, or for a range vector such as `x[5m]` a matrix.
    /// - Throws: ``QueryError``; nothing else happens.
    public func query<Source: SeriesSource>(
        _ text: String, at time: Timestamp, in source: @autoclosure @escaping @Sendable () -> Source,
        overrides: QueryOverrides = .init()
    ) async throws(QueryError) -> QueryResult {
        try await QueryThreads.run { cancellation throws(QueryError) in
            try evaluate(try prepare(text), at: time, in: source(), overrides, cancellation)
        }
    }

    /// Evaluates an expression that was read before; as ``query(_:at:in:overrides:)-(String,_,_,_)``.
    public func query<Source: SeriesSource>(
        _ query: PreparedQuery, at time: Timestamp,
        in source: @autoclosure @escaping @Sendable () -> Source,
        overrides: QueryOverrides = .init()
    ) async throws(QueryError) -> QueryResult {
        try await QueryThreads.run { cancellation throws(QueryError) in
            try evaluate(query, at: time, in: source(), overrides, cancellation)
        }
    }

    /// Evaluates an expression at `range.lowerBound`, one `step` later and so on up to `range.upperBound`, which is
    /// included if a step falls on it.
    ///
    /// The work runs on threads of its own, never on Swift's cooperative pool, and ends within about 2^16 points once
    /// the task is cancelled. `source` is asked for there, too: a view is as new as can be.
    /// - Returns: a matrix, ordered by labels.
    /// - Throws: ``QueryError``; nothing else happens.
    public func query<Source: SeriesSource>(
        _ text: String, over range: ClosedRange<Timestamp>, step: Duration,
        in source: @autoclosure @escaping @Sendable () -> Source, overrides: QueryOverrides = .init()
    ) async throws(QueryError) -> QueryResult {
        try await QueryThreads.run { cancellation throws(QueryError) in
            try evaluate(
                try prepare(text), over: range, step: step, in: source(), overrides, cancellation)
        }
    }

    /// Evaluates an expression that was read before; as ``query(_:over:step:in:overrides:)-(String,_,_,_,_)``.
    public func query<Source: SeriesSource>(
        _ query: PreparedQuery, over range: ClosedRange<Timestamp>, step: Duration,
        in source: @autoclosure @escaping @Sendable () -> Source, overrides: QueryOverrides = .init()
    ) async throws(QueryError) -> QueryResult {
        try await QueryThreads.run { cancellation throws(QueryError) in
            try evaluate(query, over: range, step: step, in: source(), overrides, cancellation)
        }
    }

    private func evaluate(
        _ query: PreparedQuery, at time: Timestamp, in source: any SeriesSource,
        _ overrides: QueryOverrides,
        _ cancellation: QueryCancellation
    ) throws(QueryError) -> QueryResult {
        try evaluate(
            query.expression, text: query.text, at: time, in: source, overrides: overrides,
            cancellation: cancellation)
    }

    private func evaluate(
        _ query: PreparedQuery, over range: ClosedRange<Timestamp>, step: Duration,
        in source: any SeriesSource,
        _ overrides: QueryOverrides, _ cancellation: QueryCancellation
    ) throws(QueryError) -> QueryResult {
        try evaluate(
            query.expression, text: query.text, over: range, step: step, in: source, overrides: overrides,
            cancellation: cancellation)
    }

    // MARK: Synchronous: for rules, tests and tools

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
        let grid = try StepGrid(from: time.milliseconds, through: time.milliseconds, step: 1)
        return try evaluate(
            expression, text, PlanningContext(start: time.milliseconds, end: time.milliseconds, step: 0), on: grid,
            in: source, overrides, cancellation)
    }

    /// Evaluates an expression over a range of steps, of at least a millisecond each, on the calling thread (and helpers
    /// for large selections).
    ///
    /// `text` is what the expression was read from; it gives annotations their `(line:column)`. `cancellation` ends the
    /// query from another thread.
    public func evaluate(
        _ expression: Expression, text: String = "", over range: ClosedRange<Timestamp>, step: Duration,
        in source: any SeriesSource, overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) throws(QueryError) -> QueryResult {
        let (planning, grid) = try Self.steps(of: expression, over: range, step: step)
        return try evaluate(expression, text, planning, on: grid, in: source, overrides, cancellation)
    }

    /// The steps of a range query, if they make sense and the expression can be evaluated at more than one.
    static func steps(
        of expression: Expression, over range: ClosedRange<Timestamp>, step: Duration
    ) throws(QueryError) -> (PlanningContext, StepGrid) {
        let milliseconds = step.milliseconds
        guard milliseconds > 0 else {
            throw .invalidParameter(name: "step", reason: "a step is at least one millisecond, got \(step)")
        }
        guard expression.type == .vector || expression.type == .scalar else {
            let found = expression.type == .matrix ? "range vector" : "string"
            throw .invalidExpression(
                "invalid expression type \"\(found)\" for range query, must be Scalar or instant Vector")
        }
        let start = range.lowerBound.milliseconds, end = range.upperBound.milliseconds
        let grid = try StepGrid(from: start, through: end, step: milliseconds)
        return (PlanningContext(start: start, end: end, step: milliseconds), grid)
    }

    /// `explaining` is called at the end with the plan and what was measured.
    func evaluate(
        _ expression: Expression, _ text: String, _ planning: PlanningContext, on grid: StepGrid,
        in source: any SeriesSource, _ overrides: QueryOverrides, _ cancellation: QueryCancellation?,
        explaining: ((PlanNode, QueryProfile) -> Void)? = nil
    ) throws(QueryError) -> QueryResult {
        let clock = ContinuousClock()
        let begin = clock.now
        var plan = try Planner(context: planning).plan(expression)
        var profile: QueryProfile?
        if explaining != nil {
            let nodes: Int
            (plan, nodes) = plan.numbered()
            profile = QueryProfile(nodes: nodes)
        }
        let query = try RunningQuery(
            options: options, overrides: overrides, source: source, cancellation: cancellation, budget: budget,
            profile: profile, steps: grid.count)
        let planned = clock.now
        let outcome = try Evaluator(query: query, tally: SampleTally(query, on: grid)).run(
            plan, on: grid)
        let evaluated = clock.now
        let value = try outcome.value(
            on: grid, isRange: planning.step > 0, keepsOrder: expression.ordersItsResult, query: query)
        var statistics = query.statistics
        statistics.preparation = planned - begin
        statistics.evaluation = evaluated - planned
        statistics.sorting = clock.now - evaluated
        let (warnings, infos) = query.annotations.texts(in: text)
        if let profile { explaining?(plan, profile) }
        var result = QueryResult(value: value, warnings: warnings, infos: infos, statistics: statistics)
        if budget != nil {
            query.lease.shrink(to: value.byteCount)
            result.lease = query.lease
        }
        return result
    }
}

extension Expression {
    /// Whether the order of an instant vector that this expression gives means something.
    var ordersItsResult: Bool {
        switch self {
        case .parentheses(let node): node.inner.ordersItsResult
        case .call(let node): node.function.name.hasPrefix("sort")
        case .aggregation(let node): node.operation == .topk || node.operation == .bottomk
        default: false
        }
    }
}

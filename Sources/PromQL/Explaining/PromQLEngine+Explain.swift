public import KTSDBModel

extension PromQLEngine {
    /// Evaluates an expression at one time and tells how.
    ///
    /// It takes longer than the query by itself: one thread works, and a clock is read twice for each row of each part.
    /// - Throws: ``QueryError``, as the query would.
    public func explain<Source: SeriesSource>(
        _ query: PreparedQuery, at time: Timestamp,
        in source: @autoclosure @escaping @Sendable () -> Source,
        overrides: QueryOverrides = .init()
    ) async throws(QueryError) -> QueryExplanation {
        try await QueryThreads.run { cancellation throws(QueryError) in
            let milliseconds = time.milliseconds
            let grid = try StepGrid(from: milliseconds, through: milliseconds, step: 1)
            return try explain(
                query, PlanningContext(start: milliseconds, end: milliseconds, step: 0), on: grid,
                in: source(),
                overrides, cancellation)
        }
    }

    /// Evaluates an expression over a range of steps and tells how; as ``explain(_:at:in:overrides:)``.
    public func explain<Source: SeriesSource>(
        _ query: PreparedQuery, over range: ClosedRange<Timestamp>, step: Duration,
        in source: @autoclosure @escaping @Sendable () -> Source, overrides: QueryOverrides = .init()
    ) async throws(QueryError) -> QueryExplanation {
        try await QueryThreads.run { cancellation throws(QueryError) in
            let (planning, grid) = try Self.steps(of: query.expression, over: range, step: step)
            return try explain(query, planning, on: grid, in: source(), overrides, cancellation)
        }
    }

    private func explain(
        _ query: PreparedQuery, _ planning: PlanningContext, on grid: StepGrid,
        in source: any SeriesSource,
        _ overrides: QueryOverrides, _ cancellation: QueryCancellation
    ) throws(QueryError) -> QueryExplanation {
        var plan: QueryExplanation.Node?
        let result = try evaluate(
            query.expression, query.text, planning, on: grid, in: source, overrides, cancellation,
            explaining: { plan = $1.explanation(of: $0) })
        guard let plan else { preconditionFailure("A query that ends without an error was explained.") }
        return QueryExplanation(plan: plan, result: result)
    }
}

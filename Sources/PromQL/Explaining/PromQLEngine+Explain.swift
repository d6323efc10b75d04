public import KTSDBModel

extension PromQLEngine {
    /// Evaluates an expression at one time and reports how.
    ///
    /// It takes longer than the query by itself: one thread works, and a clock is read twice for each row of each part.
    /// - Throws: ``QueryError``, as the query would.
    public func explain(
        _ query: PreparedQuery, at time: Timestamp,
        in source: some SeriesSource,
        overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) async throws(QueryError) -> QueryExplanation {
        let planned = try PlannedQuery(query, at: time)
        return try await QueryThreads.run(cancellation) { cancellation throws(QueryError) in
            try explain(planned, in: source, overrides, cancellation)
        }
    }

    /// Evaluates an expression over a range of steps and reports how; as `explain(_:at:in:overrides:)`.
    public func explain(
        _ query: PreparedQuery, over range: ClosedRange<Timestamp>, step: Duration,
        in source: some SeriesSource,
        overrides: QueryOverrides = .init(), cancellation: QueryCancellation? = nil
    ) async throws(QueryError) -> QueryExplanation {
        let planned = try PlannedQuery(query, over: range, step: step)
        return try await QueryThreads.run(cancellation) { cancellation throws(QueryError) in
            try explain(planned, in: source, overrides, cancellation)
        }
    }

    private func explain(
        _ query: PlannedQuery, in source: any SeriesSource, _ overrides: QueryOverrides,
        _ cancellation: QueryCancellation
    ) throws(QueryError) -> QueryExplanation {
        var plan: QueryExplanation.Node?
        let result = try evaluate(
            query, in: source, overrides, limits(overrides: overrides, cancellation: cancellation),
            explaining: { plan = $1.explanation(of: $0) })
        guard let plan else { preconditionFailure("A query that ends without an error was explained.") }
        return QueryExplanation(plan: plan, result: result)
    }
}

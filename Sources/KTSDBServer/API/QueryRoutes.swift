internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import NIOCore
internal import PromQL
internal import PrometheusWire

/// Evaluates, formats and parses expressions.
struct QueryRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("query", [.get, .post], query)
        group.route("query_range", [.get, .post], queryRange)
        group.route("query_explain", [.get, .post], explain)
        group.route("format_query", [.get, .post], formatQuery)
        group.route("parse_query", [.get, .post], parseQuery)
    }

    // MARK: Evaluation

    private func query(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let asked = try await QueryRequest(request, context, isRange: false)
        return try await answer(asked, context)
    }

    private func queryRange(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let asked = try await QueryRequest(request, context, isRange: true)
        return try await answer(asked, context)
    }

    private func answer(_ asked: QueryRequest, _ context: ServerRequestContext) async throws -> Response {
        let database = try state.ready.database, engine = state.engine
        let wantsSteps = asked.statistics == "all" && state.options.features.countsSteps
        let (result, cost) = try await run(asked, context) { query, overrides, cancellation in
            var overrides = overrides
            overrides.countsSteps = wantsSteps
            let entry = asked.entry
            let result =
                asked.isRange
                ? try await engine.query(
                    query, over: entry.start...entry.end, step: entry.step, in: database.readView(),
                    overrides: overrides, cancellation: cancellation)
                : try await engine.query(
                    query, at: entry.start, in: database.readView(), overrides: overrides, cancellation: cancellation)
            return (result, result.statistics)
        }
        var answer = QueryAnswer(result, asked, cost, state.paths)
        answer.cut(to: asked.limit)
        answer.warnStatistics(asked.statistics)
        return answer.response
    }

    /// Evaluates a query as `query` does, or as `query_range` does if there is a `start`, and answers with how it was
    /// evaluated: as JSON, or as text for clients that accept plain text.
    private func explain(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let database = try state.ready.database, engine = state.engine
        let asked = try await QueryRequest(request, context, isRange: nil)
        let (explanation, cost) = try await run(asked, context) { query, overrides, cancellation in
            let entry = asked.entry
            let explanation =
                asked.isRange
                ? try await engine.explain(
                    query, over: entry.start...entry.end, step: entry.step, in: database.readView(),
                    overrides: overrides, cancellation: cancellation)
                : try await engine.explain(
                    query, at: entry.start, in: database.readView(), overrides: overrides, cancellation: cancellation)
            return (explanation, explanation.result.statistics)
        }
        if request.headers[.accept]?.hasPrefix("text/plain") ?? false { return .text(explanation.description) }
        return .success { json in
            json.object {
                $0.key("plan")
                $0.plan(explanation.plan)
                $0.key("stats")
                $0.statistics(cost, start: asked.entry.start, step: asked.entry.step)
            }
        }
    }

    /// Evaluates a query when its turn comes, and cancels it when the client goes away. The query is listed as running,
    /// and logged.
    /// - Returns: What `evaluate` returns, and what that cost.
    private func run<Value>(
        _ asked: QueryRequest, _ context: ServerRequestContext,
        _ evaluate: (PreparedQuery, QueryOverrides, QueryCancellation) async throws -> (Value, QueryStatistics)
    ) async throws -> (Value, QueryCost) {
        let entry = asked.entry, arrived = ContinuousClock.now
        // An invalid expression is refused without waiting for a turn.
        let (query, room) = try await prepare(entry.text, context)
        defer { withExtendedLifetime(room) {} }
        let longest = state.options.queryTimeout
        let timeout = min(max(asked.overrides.timeout ?? longest, .zero), longest)
        var cost = QueryCost()
        func evaluateNow(_ cancellation: QueryCancellation) async throws -> Value {
            cost.waited = ContinuousClock.now - arrived
            let active = state.activeQueries, slot = active?.begin(entry.text)
            defer { if let slot { active?.end(slot) } }
            var overrides = asked.overrides
            overrides.timeout = max(timeout - cost.waited, .zero)
            let (value, statistics) = try await evaluate(query, overrides, cancellation)
            cost.statistics = statistics
            return value
        }
        do {
            let value: Value
            if entry.text.utf8.count <= Self.shortText / 16 && query.expression.readsNothing {
                // Takes microseconds, less than waiting for a turn would: health checks often send such queries.
                value = try await evaluateNow(QueryCancellation())
            } else {
                let left = max(.zero, timeout - (ContinuousClock.now - arrived))
                value = try await state.withTurn(within: left, context.channel, evaluateNow)
            }
            state.metrics.count(cost.statistics, waited: cost.waited)
            state.queryLog.write(entry, cost, error: nil)
            return (value, cost)
        } catch {
            let failure = state.described(error)
            state.queryLog.write(entry, cost, error: "\(failure)")
            throw failure
        }
    }

    // MARK: Formatting and parsing

    private func formatQuery(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try await laidOut(request, context) { $1.string($0.pretty()) }
    }

    private func parseQuery(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        try await laidOut(request, context) { $1.tree($0) }
    }

    /// Parses an expression and answers with what `write` makes of it.
    private func laidOut(
        _ request: Request, _ context: ServerRequestContext,
        _ write: @escaping @Sendable (Expression, inout JSONWriter) -> Void
    ) async throws -> Response {
        let text = try await RequestParameters(request)["query"]
        guard text.utf8.count > Self.shortText else {
            let expression = try prepare(text).expression
            return .success { write(expression, &$0) }
        }
        return try await state.read(context) { [self] limits in
            let (prepared, room) = try prepare(text, limits)
            try limits.check()
            return withExtendedLifetime(room) { .success { write(prepared.expression, &$0) } }
        }
    }

    /// The longest text, in bytes, that is parsed on the connection's thread. Longer ones are parsed on a query thread,
    /// because other connections wait for this one.
    private static let shortText = 4096

    /// The most memory that an expression and its plan take, in bytes for each byte of the text.
    private static let bytesOfMemoryEach = 128

    /// Parses an expression. For a long one, also returns the memory reserved for it, to be held as long as it is used.
    private func prepare(
        _ text: String, _ context: ServerRequestContext
    ) async throws -> (PreparedQuery, ReadReservation?) {
        guard text.utf8.count > Self.shortText else { return (try prepare(text), nil) }
        return try await state.read(context) { [self] limits in
            let (prepared, room) = try prepare(text, limits)
            return (prepared, room)
        }
    }

    private func prepare(_ text: String, _ limits: QueryLimits) throws -> (PreparedQuery, ReadReservation) {
        let room = ReadReservation(limits)
        try room.grow(bytes: text.utf8.count * Self.bytesOfMemoryEach)
        return (try state.engine.prepare(text, limits: limits), room)
    }

    private func prepare(_ text: String) throws(APIError) -> PreparedQuery {
        do throws(QueryError) { return try state.engine.prepare(text) } catch { throw APIError(error) }
    }
}

extension Expression {
    /// Whether the expression reads no series and does no more than constant work for each step.
    fileprivate var readsNothing: Bool {
        switch self {
        case .number, .string: true
        case .vectorSelector, .matrixSelector, .subquery, .aggregation: false
        case .unary(let node): node.operand.readsNothing
        case .binary(let node): node.left.readsNothing && node.right.readsNothing
        case .call(let node): node.arguments.allSatisfy(\.readsNothing)
        case .parentheses(let node): node.inner.readsNothing
        }
    }
}

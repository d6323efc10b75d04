internal import Hummingbird
internal import KTSDB
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// Expressions: evaluated, laid out, taken apart.
struct QueryRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("query", [.get, .post], query)
        group.route("query_range", [.get, .post], queryRange)
        group.route("query_exemplars", [.get, .post], parameters: queryExemplars)
        group.route("format_query", [.get, .post], parameters: formatQuery)
        group.route("parse_query", [.get, .post], parameters: parseQuery)
    }

    // MARK: Evaluation

    private func query(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let database = try state.ready.database
        let parameters = try await RequestParameters(request)
        let limit = try parameters.limit()
        let time = try parameters.time("time", default: .now)
        let overrides = try overrides(parameters)
        return try await evaluate(parameters, limit, overrides, context) { text, overrides in
            try await state.engine.query(text, at: time, in: database.readView(), overrides: overrides)
        }
    }

    /// The largest number of points of a series in a range query.
    private static let maximumPoints: Int64 = 11_000

    private func queryRange(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let database = try state.ready.database
        let parameters = try await RequestParameters(request)
        let limit = try parameters.limit()
        let start = try parameters.requiredTime("start"), end = try parameters.requiredTime("end")
        guard end >= start else {
            throw APIError.invalidParameter("end", "end timestamp must not be before start time")
        }
        let step = try parameters.requiredDuration("step")
        guard step > .zero else {
            let reason = "zero or negative query resolution step widths are not accepted. Try a positive integer"
            throw APIError.invalidParameter("step", reason)
        }
        let (span, overflow) = end.milliseconds.subtractingReportingOverflow(start.milliseconds)
        guard !overflow, .milliseconds(span) / Double(Self.maximumPoints + 1) < step else {
            throw APIError(
                .badData,
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
            )
        }
        let overrides = try overrides(parameters)
        return try await evaluate(parameters, limit, overrides, context) { text, overrides in
            try await state.engine.query(
                text, over: start...end, step: step, in: database.readView(), overrides: overrides)
        }
    }

    private func overrides(_ parameters: RequestParameters) throws(APIError) -> QueryOverrides {
        var overrides = QueryOverrides()
        if !parameters["timeout"].isEmpty { overrides.timeout = try parameters.requiredDuration("timeout") }
        if !parameters["lookback_delta"].isEmpty {
            do throws(ParameterError) {
                let lookback = try APIParameter.duration(parameters["lookback_delta"])
                // Zero means the server's default.
                overrides.lookback = lookback > .zero ? lookback : nil
            } catch {
                throw APIError(.badData, "error parsing lookback delta duration: \(error)")
            }
        }
        return overrides
    }

    private func evaluate(
        _ parameters: RequestParameters, _ limit: Int?, _ overrides: QueryOverrides, _ context: ServerRequestContext,
        _ query: @escaping @Sendable (String, QueryOverrides) async throws -> QueryResult
    ) async throws -> Response {
        let text = parameters["query"]
        // What is no expression is refused without waiting for a turn.
        do { _ = try parse(text, options: state.engine.options.parser) } catch { throw APIError(.parse(error)) }
        let limitOfTime = state.options.queryTimeout
        let timeout = min(max(overrides.timeout ?? limitOfTime, .zero), limitOfTime)
        let arrived = ContinuousClock.now
        let (result, waited) = try await ConnectionWatch.whileOpen(context.channel) { [state] in
            do {
                return try await state.queries.pass(within: timeout) {
                    let waited = ContinuousClock.now - arrived
                    var overrides = overrides
                    overrides.timeout = max(timeout - waited, .zero)
                    return (try await query(text, overrides), waited)
                }
            } catch let refusal as QueryGate.Refusal {
                switch refusal {
                case .timeout: throw APIError(.timeout, "query timed out in query queue")
                case .cancelled: throw APIError(.canceled, "query was canceled in query queue")
                }
            }
        }
        state.metrics.count(result.statistics, waited: waited)
        var answer = QueryAnswer(result, wantsStatistics: !parameters["stats"].isEmpty, waited: waited)
        answer.cut(to: limit)
        answer.warnStatistics(parameters["stats"])
        return answer.response
    }

    // MARK: Expressions as texts

    private func formatQuery(_ parameters: RequestParameters) async throws -> Response {
        let expression = try expression(of: parameters)
        return .success { $0.string(expression.pretty()) }
    }

    private func parseQuery(_ parameters: RequestParameters) async throws -> Response {
        let expression = try expression(of: parameters)
        return .success { $0.tree(expression) }
    }

    private func expression(of parameters: RequestParameters) throws(APIError) -> Expression {
        do throws(ParseErrors) {
            return try parse(parameters["query"], options: state.engine.options.parser)
        } catch {
            throw APIError(.parse(error))
        }
    }

    private func queryExemplars(_ parameters: RequestParameters) async throws -> Response {
        let start = try parameters.time("start", default: .earliest), end = try parameters.time("end", default: .latest)
        guard end >= start else { throw APIError(.badData, "end timestamp must not be before start timestamp") }
        do throws(ParseErrors) {
            _ = try parse(parameters["query"], options: state.engine.options.parser)
        } catch {
            throw APIError(.badData, error.description)
        }
        // Exemplars are not stored, so that there are none to find.
        return .success { $0.strings([]) }
    }
}

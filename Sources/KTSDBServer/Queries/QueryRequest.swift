internal import HTTPTypes
internal import Hummingbird
internal import KTSDBModel
internal import NIOCore
internal import PromQL
internal import PrometheusWire

/// A query request: an expression, the times to evaluate it at, and options.
struct QueryRequest: Sendable {
    var entry: QueryLogEntry
    var isRange: Bool
    /// The maximum number of series in the answer.
    var limit: Int?
    var overrides: QueryOverrides
    /// The parameter `stats`.
    var statistics: String

    /// The maximum number of points of a series in a range query.
    private static let maximumPoints: Int64 = 11_000

    /// Reads a request. If `isRange` is nil, the parameter `start` decides.
    init(_ request: Request, _ context: ServerRequestContext, isRange: Bool?) async throws {
        let parameters = try await RequestParameters(request)
        limit = try parameters.limit()
        entry = QueryLogEntry(
            text: parameters["query"], start: .now, end: .now, step: .zero, method: request.method.rawValue,
            path: request.uri.path, client: context.channel.remoteAddress?.ipAddress ?? "")
        self.isRange = isRange ?? !parameters["start"].isEmpty
        if self.isRange {
            (entry.start, entry.end, entry.step) = try Self.steps(parameters)
        } else {
            entry.start = try parameters.time("time", default: .now)
            entry.end = entry.start
        }
        overrides = try Self.overrides(parameters)
        statistics = parameters["stats"]
    }

    private static func steps(_ parameters: RequestParameters) throws -> (Timestamp, Timestamp, Duration) {
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
        return (start, end, step)
    }

    private static func overrides(_ parameters: RequestParameters) throws(APIError) -> QueryOverrides {
        var overrides = QueryOverrides()
        overrides.failsOnDamage = parameters.failsOnDamage
        if !parameters["rollups"].isEmpty {
            guard let use = RollupUse(rawValue: parameters["rollups"]) else {
                throw .invalidParameter("rollups", "it is exact, allow or off")
            }
            overrides.rollups = use
        }
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
}

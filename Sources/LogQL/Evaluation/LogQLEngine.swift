/// Evaluates LogQL over anything that gives log entries, line by line; holds nothing but its options, so that one
/// engine serves all threads and all stores.
///
/// A query runs on the thread that asks. It reads each selector's lines in the order of time, and passes each through
/// the stages of the query. A metric query keeps 16 bytes for each line that passes.
public struct LogQLEngine: Sendable {
    /// What queries may ask for.
    public let options: LogQLOptions

    /// Creates an engine.
    public init(_ options: LogQLOptions = .init()) { self.options = options }

    /// Evaluates a query over a range of time.
    ///
    /// A log query gives ``LogQLValue/streams(_:)``: the first lines, in the request's direction, from its start to
    /// before its end. A metric query gives ``LogQLValue/matrix(_:)``: points at the multiples of the step since 1970,
    /// from the last at or before the start to the first at or after the end.
    /// - Throws: ``LogQLError``.
    public func query(
        _ expression: LogQLExpression, _ request: LogRangeRequest, in source: some LogSource,
        cancellation: LogQueryCancellation? = nil
    ) throws(LogQLError) -> LogQLResult {
        try request.check(options)
        let run = LogQueryRun(source, options, cancellation)
        guard case .lines(let query) = expression else {
            let steps = MetricSteps(covering: request)
            let series = try MetricEvaluation(run, steps).matrix(expression, isRange: true)
            return LogQLResult(value: .matrix(series), statistics: run.finish())
        }
        try request.checkLimit(options)
        var lines = LineCollector(request)
        if !lines.isFull {
            try run.read(query, needs: .all, in: request.start..<request.end, request.direction) {
                entry, line throws(LogQLError) in
                lines.add(entry, line)
                return !lines.isFull
            }
        }
        return LogQLResult(value: .streams(lines.result), statistics: run.finish(entriesReturned: lines.kept))
    }

    /// Evaluates a metric query at one time: a vector, or of a literal a scalar.
    /// - Throws: ``LogQLError``; of a log query that it has to be a range query.
    public func query(
        _ expression: LogQLExpression, _ request: LogInstantRequest, in source: some LogSource,
        cancellation: LogQueryCancellation? = nil
    ) throws(LogQLError) -> LogQLResult {
        if case .lines = expression {
            throw LogQLError(
                .invalidQuery,
                "log queries are not supported as an instant query type, please change your query to a range "
                    + "query type")
        }
        let run = LogQueryRun(source, options, cancellation)
        if case .literal(let number) = expression {
            return LogQLResult(value: .scalar(number, at: request.time), statistics: run.finish())
        }
        let samples = try MetricEvaluation(run, MetricSteps(at: request.time)).vector(expression)
        return LogQLResult(value: .vector(samples), statistics: run.finish())
    }
}

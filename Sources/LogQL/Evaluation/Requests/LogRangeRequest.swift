/// A query over a range of time, as `query_range` takes it.
public struct LogRangeRequest: Hashable, Sendable {
    /// Nanoseconds since 1970; the first moment of a log query, included.
    public var start: Int64
    /// Nanoseconds since 1970; a log query ends before it.
    public var end: Int64
    /// The distance of a metric query's points in nanoseconds.
    public var step: Int64
    /// A log query's lines are at least this many nanoseconds apart; 0: all lines.
    public var interval: Int64
    /// The largest number of lines of a log query, over all streams.
    public var limit: Int
    /// Which lines of a log query come first.
    public var direction: LogDirection
    /// Whether lines carry their labels in categories.
    public var categorizesLabels: Bool

    /// Creates a request. Without a step it is a 250th of the range, but at least a second.
    public init(
        start: Int64, end: Int64, step: Int64? = nil, interval: Int64 = 0, limit: Int = 100,
        direction: LogDirection = .backward, categorizesLabels: Bool = false
    ) {
        self.start = start
        self.end = end
        self.step = step ?? Self.defaultStep(start: start, end: end)
        self.interval = interval
        self.limit = limit
        self.direction = direction
        self.categorizesLabels = categorizesLabels
    }

    /// Returns a 250th of the range in whole seconds, but at least one; in nanoseconds.
    public static func defaultStep(start: Int64, end: Int64) -> Int64 {
        let second: Int64 = 1_000_000_000
        let length = end.saturatingMinus(start)
        return max(1, length / 250 / second) * second
    }

    /// Checks what does not depend on the query's kind.
    /// - Throws: a ``LogQLError`` with Loki's text.
    func check(_ options: LogQLOptions) throws(LogQLError) {
        guard end > start else {
            throw LogQLError(.invalidQuery, "end timestamp must not be before or equal to start time")
        }
        guard limit >= 0 else { throw LogQLError(.invalidQuery, "limit must be a positive value") }
        guard step > 0 else {
            throw LogQLError(
                .invalidQuery,
                "zero or negative query resolution step widths are not accepted. Try a positive integer")
        }
        guard interval >= 0 else { throw LogQLError(.invalidQuery, "interval must be >= 0") }
        let length = end.saturatingMinus(start)
        guard length / step <= Int64(options.maximumPoints) else {
            throw LogQLError(
                .invalidQuery,
                "exceeded maximum resolution of \(grouped(options.maximumPoints)) points per time series. Try "
                    + "increasing the value of the step parameter")
        }
        guard options.maximumLength == 0 || length <= options.maximumLength else {
            throw LogQLError(
                .invalidQuery,
                "the query time range exceeds the limit (query length: \(LogDuration.text(length)), "
                    + "limit: \(LogDuration.text(options.maximumLength)))")
        }
    }

    /// Checks the limit of a log query.
    func checkLimit(_ options: LogQLOptions) throws(LogQLError) {
        guard options.maximumEntries == 0 || limit <= options.maximumEntries else {
            throw LogQLError(
                .invalidQuery,
                "max entries limit per query exceeded, limit > max_entries_limit_per_query "
                    + "(\(limit) > \(options.maximumEntries))")
        }
    }

    /// Returns a number with a comma before each three digits from the right.
    private func grouped(_ number: Int) -> String {
        var text = "\(number)"
        var place = text.endIndex
        while text.distance(from: text.startIndex, to: place) > 3 {
            place = text.index(place, offsetBy: -3)
            text.insert(",", at: place)
        }
        return text
    }
}

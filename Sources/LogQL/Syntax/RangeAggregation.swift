/// `rate({app="a"} | json | unwrap x [5m] offset 1m) by (level)`.
public struct RangeAggregation: Sendable {
    /// What is computed for each window.
    public enum Operation: String, CaseIterable, Sendable {
        case countOverTime = "count_over_time", rate, bytesOverTime = "bytes_over_time", bytesRate = "bytes_rate"
        case rateCounter = "rate_counter"
        case sumOverTime = "sum_over_time", avgOverTime = "avg_over_time"
        case minOverTime = "min_over_time", maxOverTime = "max_over_time"
        case stddevOverTime = "stddev_over_time", stdvarOverTime = "stdvar_over_time"
        case firstOverTime = "first_over_time", lastOverTime = "last_over_time"
        case quantileOverTime = "quantile_over_time", absentOverTime = "absent_over_time"
    }

    /// What is computed.
    public var operation: Operation
    /// The quantile of `quantile_over_time`.
    public var parameter: Double?
    /// Which lines.
    public var lines: LineQuery
    /// The label whose values are the samples; nil for operations on the lines themselves.
    public var unwrap: Unwrap?
    /// The length of the window in nanoseconds: it is `(t - range, t]`, shifted by `offset`.
    public var range: Int64
    /// Nanoseconds.
    public var offset: Int64
    /// Samples are grouped by these labels before the window is computed.
    public var grouping: LabelGrouping?

    /// Creates an aggregation.
    public init(
        _ operation: Operation, parameter: Double? = nil, lines: LineQuery, unwrap: Unwrap? = nil, range: Int64,
        offset: Int64 = 0, grouping: LabelGrouping? = nil
    ) {
        self.operation = operation
        self.parameter = parameter
        self.lines = lines
        self.unwrap = unwrap
        self.range = range
        self.offset = offset
        self.grouping = grouping
    }
}

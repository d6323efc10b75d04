/// What queries may ask for. The defaults are Loki's.
public struct LogQLOptions: Sendable {
    /// The largest `limit` of a log query; 0: no bound.
    public var maximumEntries = 5_000
    /// The largest number of series in an answer.
    public var maximumSeries = 500
    /// The longest time range of a range query in nanoseconds: 30 days and an hour; 0: no bound.
    public var maximumLength: Int64 = 721 * 3_600_000_000_000
    /// The largest number of steps of a range query.
    public var maximumPoints = 11_000
    /// How long a query may take.
    public var timeout: Duration = .seconds(60)
    /// Whether `approx_topk` is answered, as `topk`. Loki refuses it by default.
    public var allowsApproximateTopk = true
    /// The clock that measures ``timeout``.
    package var clock: @Sendable () -> ContinuousClock.Instant = { .now }

    /// Loki's defaults.
    public init() {}
}

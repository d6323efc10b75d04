public import KTSDBModel

/// What an engine allows and how it reads the language.
public struct EngineOptions: Sendable {
    /// How far back an instant selector looks for the newest sample; the far end is not included. Positive.
    public var lookback: Duration = .seconds(300)
    /// The step of a subquery that gives none, as in `x[1h:]`. Positive.
    public var defaultSubqueryStep: Duration = .seconds(60)
    /// The largest number of samples in memory at one time (8 to 16 bytes each).
    public var maximumSamples = 50_000_000
    /// The largest number of bytes that one query may hold: samples, rows and labels. nil: as many as all may.
    public var maximumBytes: Int?
    /// The largest number of bytes that all queries of the engine, and their results as long as they are held, may hold
    /// together; a query that would need more is refused before it takes them. nil: no limit.
    public var maximumBytesOfAllQueries: Int?
    /// The ledger that counts what queries and their results hold, such as `Database.memory`. A query gets no more than
    /// it has left below its hard mark, or a mebibyte below its floor mark, and the newest of the large ones is ended
    /// when its floor mark is passed. nil: no ledger.
    public var memory: MemoryLedger?
    /// How long a query may take.
    public var timeout: Duration = .seconds(120)
    /// Which parts of the language are switched on.
    public var parser = ParserOptions()
    /// Whether the metric's name is taken away at the end of the query and not by each operation
    /// (`promql-delayed-name-removal`).
    public var delayedNameRemoval = false
    /// Whether `rate` and `increase` judge by the label `__type__` if a metric is a counter, and not by its name
    /// (`type-and-unit-labels`).
    public var typeAndUnitLabels = false
    /// Whether `rate`, `irate`, `increase` and `resets` take stored start times into account, and `start_timestamp`
    /// gives them (`use-start-timestamps`).
    public var usesStartTimestamps = false
    /// Whether a query fails when stored data that it needs is damaged. Otherwise it is answered without that data, and
    /// a warning names what is missing.
    public var failsOnDamage = false
    /// What queries use rollups for.
    public var rollups = RollupUse.exact
    /// How many threads one query may use; nil: as many as the machine has processors. The answer does not depend on
    /// it.
    public var threads: Int?

    /// The clock that measures ``timeout``.
    package var clock: @Sendable () -> ContinuousClock.Instant = { .now }

    /// Prometheus' defaults.
    public init() {}
}

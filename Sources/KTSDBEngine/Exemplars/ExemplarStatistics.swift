internal import KTSDBModel

/// What happened to the exemplars of a commit, or to all since the database was opened.
public struct ExemplarCounts: Hashable, Sendable {
    /// How many were stored.
    public var appended = 0
    /// How many their series had already; that is not an error.
    public var repeated = 0
    /// How many come before the newest of their series and are too old for the window for late ones
    /// (``Database/Configuration/outOfOrderWindow``), or come before another one at the same time.
    public var outOfOrder = 0
    /// How many have labels that are too long or not valid.
    public var invalidLabels = 0
    /// How many belong to a series that is not in memory and could not be created.
    public var unknownSeries = 0

    /// Creates counts that are all zero.
    public init() {}

    /// How many were not stored, apart from repeated ones.
    public var rejected: Int { outOfOrder + invalidLabels + unknownSeries }

    static func += (left: inout ExemplarCounts, right: ExemplarCounts) {
        left.appended += right.appended
        left.repeated += right.repeated
        left.outOfOrder += right.outOfOrder
        left.invalidLabels += right.invalidLabels
        left.unknownSeries += right.unknownSeries
    }
}

/// Statistics of exemplars and metadata in memory.
public struct ExemplarStatistics: Hashable, Sendable {
    /// What happened to exemplars since the database was opened.
    public var counts = ExemplarCounts()
    /// How many exemplars are in memory, how many may be, how many series have any, and how many bytes they take.
    public var stored = 0, limit = 0, series = 0, bytes = 0
    /// The time of the exemplar that has been in memory longest, in milliseconds since the Unix epoch; nil without
    /// exemplars.
    public var oldestTime: Int64?
    /// How many metric names have metadata in memory.
    public var metadataNames = 0

    init() {}
}

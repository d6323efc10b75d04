internal import KTSDBModel

/// What became of the exemplars of a commit, or of all since the database was opened.
public struct ExemplarCounts: Hashable, Sendable {
    /// Those that were stored.
    public var appended = 0
    /// Those that were the newest of their series already; that is no mistake.
    public var repeated = 0
    /// Those that come before the newest of their series.
    public var outOfOrder = 0
    /// Those whose labels are too long, or are none.
    public var invalidLabels = 0
    /// Those whose series is not in memory and could not be made.
    public var unknownSeries = 0

    /// No exemplars.
    public init() {}

    /// Those that were not stored, but for repeated ones.
    public var rejected: Int { outOfOrder + invalidLabels + unknownSeries }

    static func += (left: inout ExemplarCounts, right: ExemplarCounts) {
        left.appended += right.appended
        left.repeated += right.repeated
        left.outOfOrder += right.outOfOrder
        left.invalidLabels += right.invalidLabels
        left.unknownSeries += right.unknownSeries
    }
}

/// Figures about exemplars in memory.
public struct ExemplarStatistics: Hashable, Sendable {
    /// What became of exemplars since the database was opened.
    public var counts = ExemplarCounts()
    /// Exemplars in memory, the most that may be, the series that have any, and the bytes that they take.
    public var stored = 0, limit = 0, series = 0, bytes = 0
    /// The time of the oldest one in memory, in milliseconds since the Unix epoch; nil without any.
    public var oldestTime: Int64?
    /// Names of metrics of which it is known in memory what they are.
    public var metadataNames = 0

    init() {}
}

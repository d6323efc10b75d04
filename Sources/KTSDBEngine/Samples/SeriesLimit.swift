/// A limit on how many series a group may have in memory, and how many of them may be new in a day.
///
/// Series with the same values of the labels `by` are a group; a label that a series does not have counts as empty.
/// With `matching`, only series with these labels count. Without `by`, all of these are one group.
///
/// ```swift
/// SeriesLimit("job", by: ["job"], inMemory: 50_000, perDay: 200_000)
/// SeriesLimit("batch", by: ["namespace", "pod"], matching: ["job": "batch"], inMemory: 100)
/// ```
public struct SeriesLimit: Hashable, Sendable {
    /// The name by which reports and metrics show the limit.
    public var name: String
    /// The labels whose values make a group; at most 8.
    public var by: [String]
    /// The labels that a series must have; all series if empty.
    public var matching: [String: String]
    /// How many series of a group may be in memory at once; nil for no limit.
    public var inMemory: Int?
    /// How many series of a group may come into memory in a day (UTC), those that return among them; nil for no limit.
    /// Counted from the opening on, if that was on the same day.
    public var perDay: Int?

    /// Creates a limit. Without `inMemory` and `perDay` it only counts, for reports.
    public init(
        _ name: String, by: [String] = [], matching: [String: String] = [:], inMemory: Int? = nil, perDay: Int? = nil
    ) {
        self.name = name
        self.by = Array(by.prefix(8))
        self.matching = matching
        self.inMemory = inMemory
        self.perDay = perDay
    }
}

/// What a ``SeriesLimit`` has counted.
public struct SeriesLimitStatistics: Hashable, Sendable {
    /// The limit.
    public var limit: SeriesLimit
    /// How many groups have series in memory, or had new ones today.
    public var groups = 0
    /// How often a series was refused because its group had too many in memory, and because it had too many new ones.
    /// One whose samples arrive again is counted again.
    public var refusedInMemory = 0, refusedPerDay = 0
    /// The groups with the most new series today, the largest first.
    public var largest: [SeriesGroup] = []
}

/// A group of series, as a ``SeriesLimit`` divides them.
public struct SeriesGroup: Hashable, Sendable {
    /// The values of the labels ``SeriesLimit/by``, in their order.
    public var values: [String]
    /// How many of its series are in memory, and how many came into memory today (UTC).
    public var inMemory: Int, today: Int
}

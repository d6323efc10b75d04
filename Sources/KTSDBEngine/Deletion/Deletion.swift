public import KTSDBModel

/// A deletion that the database still knows: its samples are hidden, and not all of them are removed yet.
public struct Deletion: Hashable, Sendable, Identifiable {
    /// Names the deletion in its database; later ones have higher numbers.
    public let id: UInt64
    /// The deletion is about series that match all matchers of at least one of these lists.
    public let matchers: [[LabelMatcher]]
    /// The times of the deleted samples, both ends inclusive.
    public let range: ClosedRange<Timestamp>
    /// When it was made.
    public let createdAt: Timestamp
    /// Until when it can be undone; nil if that is no longer possible.
    public let undoableUntil: Timestamp?

    init(_ record: DeletionRecord, undoPeriod: Duration) {
        id = record.id
        matchers = record.lists
        range = Timestamp(milliseconds: record.range.lowerBound)...Timestamp(milliseconds: record.range.upperBound)
        createdAt = Timestamp(milliseconds: record.createdAt)
        undoableUntil = record.isFinal ? nil : createdAt + undoPeriod
    }
}

/// What ``Database/reclaim()`` has done.
public struct ReclaimReport: Hashable, Sendable {
    /// Blocks of which nothing was left, and blocks that were written again without what is deleted.
    public var removedBlocks = 0, rewrittenBlocks = 0
    /// How many samples were removed.
    public var removedSamples: UInt64 = 0
    /// Blocks that could not be read, by number. They stay as they are, and their deletions in force.
    public var leftOut: [UInt64] = []

    /// Creates a report that nothing was done.
    public init() {}
}

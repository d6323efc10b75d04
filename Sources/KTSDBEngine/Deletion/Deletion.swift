public import KTSDBModel

/// A deletion in force: its samples are hidden, and not all of them have been removed yet.
public struct Deletion: Hashable, Sendable, Identifiable {
    /// Identifies the deletion in its database; later deletions have higher numbers.
    public let id: UInt64
    /// A series is meant if it matches all matchers of at least one of these lists.
    public let matchers: [[LabelMatcher]]
    /// The times of the deleted samples, both ends inclusive.
    public let range: ClosedRange<Timestamp>
    /// When the deletion was made.
    public let createdAt: Timestamp
    /// Until when the deletion can be undone; nil if its samples may already be removed.
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
    /// The number of blocks removed because nothing was left in them, and of blocks rewritten without the deleted
    /// samples.
    public var removedBlocks = 0, rewrittenBlocks = 0
    /// The number of samples that were removed.
    public var removedSamples: UInt64 = 0
    /// The numbers of blocks that could not be read. They stay as they are, and their deletions stay in force.
    public var leftOut: [UInt64] = []

    /// Creates a report of no changes.
    public init() {}
}

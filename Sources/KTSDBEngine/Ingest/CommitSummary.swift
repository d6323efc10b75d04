/// What happened to a batch.
public struct CommitSummary: Hashable, Sendable {
    /// The commit's place in the order of all commits; a read view includes it if the view's `sequence` is not lower.
    public var sequence: UInt64 = 0
    /// How many samples were stored.
    public var appended = 0
    /// How many samples were already stored, bit for bit; they count as neither appended nor rejected.
    public var repeated = 0
    /// How many samples were not stored, by reason. A rejected sample is a result, not an error.
    public var rejections: [RejectionReason: Int] = [:]
    /// What happened to exemplars.
    public var exemplars = ExemplarCounts()

    /// How many samples were not stored.
    public var rejected: Int { rejections.values.reduce(0, +) }
}

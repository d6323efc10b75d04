/// What became of a batch.
public struct CommitSummary: Hashable, Sendable {
    /// The commit's place in the order of all commits; a read view whose `sequence` is not lower includes it.
    public var sequence: UInt64 = 0
    /// Samples that were stored.
    public var appended = 0
    /// Samples that were there already, bit for bit; they count as neither appended nor rejected.
    public var repeated = 0
    /// Samples that were not stored, by reason. A rejected sample is a result, not an error.
    public var rejections: [RejectionReason: Int] = [:]
    /// What became of exemplars.
    public var exemplars = ExemplarCounts()

    /// Samples that were not stored.
    public var rejected: Int { rejections.values.reduce(0, +) }
}

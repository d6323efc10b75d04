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

extension CommitSummary: CustomStringConvertible {
    /// `commit 7: 3 appended, 1 already stored, 2 rejected (2 out of order)`.
    public var description: String {
        let reasons = RejectionReason.allCases.compactMap { reason in
            rejections[reason].map { "\($0) \(reason.rawValue)" }
        }
        return "commit \(sequence): \(appended) appended"
            + (repeated > 0 ? ", \(repeated) already stored" : "")
            + (reasons.isEmpty ? "" : ", \(rejected) rejected (\(reasons.joined(separator: ", ")))")
    }
}

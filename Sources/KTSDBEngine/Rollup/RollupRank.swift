/// The last commits of blocks of rollups. They say which of two points at one time counts, and which deletions the
/// points take into account.
///
/// Each has a commit of the raw database, `asOf`, in its upper bits: all deletions up to that one are taken into
/// account. The lower bits count the steps that published points as of that commit, so that no two steps have the same
/// last commit: a compaction could otherwise give older points the last commit of newer ones.
enum RollupRank {
    private static let stepBits: UInt64 = 16

    /// Returns the last commit of the next blocks, whose points are as of a commit, after those up to `last`.
    static func next(asOf: UInt64, after last: UInt64) -> UInt64 {
        let first = max(asOf, Self.asOf(last)) << stepBits
        // After 65,536 steps without a commit, which is more than there are days to roll up, the last one is used
        // again.
        return last < first ? first : min(last + 1, first | (1 << stepBits - 1))
    }

    /// Returns the commit of the raw database in a last commit.
    static func asOf(_ rank: UInt64) -> UInt64 { rank >> stepBits }

    /// Returns the highest last commit of points that do not take into account what the commit `sequence` stored.
    static func before(_ sequence: UInt64) -> UInt64 { sequence == 0 ? 0 : sequence << stepBits - 1 }
}

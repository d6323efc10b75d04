internal import KTSDBModel

/// What a step of a round computes points from: the raw blocks of one moment, and what deletions hide in them.
struct RollupSource {
    /// The blocks, without what retention hides in them: that is rolled up before it goes.
    let blocks: [Block]
    /// The times of blocks that cannot be read: points of intervals that reach into them stay as they are.
    let missing: [ClosedRange<Int64>]
    /// The deletions, and the regions of deletions that were undone.
    let records: [DeletionRecord]
    /// All commits up to this one are in blocks.
    let through: UInt64
    /// The last commit that counts: all deletions up to it are taken into account.
    let asOf: UInt64
    /// Of times before these, blocks may have been removed, or written again without series that are not kept that
    /// long.
    let removedBefore: Int64, rewrittenBefore: Int64
    /// The retention rules in force, and where each class of series begins.
    let retentionRules: [[[LabelMatcher]]]
    let horizons: [Int64]

    /// Returns the time from which on all samples of a series are in the blocks.
    func completeSince(_ labels: Labels) -> Int64 {
        guard !horizons.isEmpty, rewrittenBefore > removedBefore else { return removedBefore }
        let number =
            retentionRules.firstIndex { lists in
                lists.contains { matchers in matchers.allSatisfy { $0.matches(labels) } }
            } ?? retentionRules.count
        guard number < horizons.count else { return rewrittenBefore }
        return max(removedBefore, min(rewrittenBefore, horizons[number]))
    }

    /// Returns the blocks that are not in the points of a rule.
    func freshBlocks(_ progress: RollupProgress) -> [Block] {
        blocks.filter { $0.summary.lastSequence > progress.through }
    }

    /// Returns the deletions and regions that the points of a rule do not take into account.
    func newRecords(_ progress: RollupProgress) -> [DeletionRecord] {
        records.filter { $0.sequence > progress.asOf }
    }

    /// Returns the days of points that have to be computed, ascending.
    func days(_ progress: RollupProgress, _ grid: RollupGrid) -> [Int64] {
        var days: Set<Int64> = []
        for block in freshBlocks(progress) { days.formUnion(Self.days(of: grid.ends(of: block.span))) }
        for record in newRecords(progress) {
            let ends = grid.ends(of: record.range)
            for block in blocks {
                let own = grid.ends(of: block.span)
                if own.overlaps(ends) { days.formUnion(Self.days(of: own.clamped(to: ends))) }
            }
        }
        return days.sorted()
    }

    /// The length of a day.
    static let day: Int64 = 86_400_000

    private static func days(of ends: ClosedRange<Int64>) -> ClosedRange<Int64> {
        TimeWindow.number(of: ends.lowerBound, length: day)...TimeWindow.number(of: ends.upperBound, length: day)
    }
}

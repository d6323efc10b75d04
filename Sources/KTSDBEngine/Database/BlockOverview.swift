package import KTSDBModel
internal import Synchronization

/// What a block has, for those who list them.
package struct BlockOverview: Hashable, Sendable {
    /// The block's number, which no other block ever gets.
    package var number: UInt64
    /// The times of the earliest and the latest sample.
    package var minTime: Timestamp, maxTime: Timestamp
    package var series: UInt64, samples: UInt64
    /// The length of its file, in bytes.
    package var byteCount: UInt64
    /// 0 from a seal, 1 compacted for a window of two hours, 2 compacted for a day.
    package var level: Int
    /// How many deletions hide something of it.
    package var deletions: Int
}

extension Database {
    /// The blocks as they are now.
    package var blockList: [BlockOverview] {
        let blocks = commit.withLock { state in
            state.blocks.map { ($0.summary, $0.mask?.parts.count { $0.deletion != nil } ?? 0) }
        }
        return blocks.map { summary, deletions in
            BlockOverview(
                number: summary.number, minTime: Timestamp(milliseconds: summary.minTime),
                maxTime: Timestamp(milliseconds: summary.maxTime), series: summary.seriesCount,
                samples: summary.sampleCount, byteCount: summary.byteCount, level: Int(summary.level),
                deletions: deletions)
        }
    }
}

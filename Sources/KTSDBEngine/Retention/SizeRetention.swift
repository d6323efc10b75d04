/// Chooses the blocks that have to go so that a database takes no more than a number of bytes: a pure function.
///
/// The oldest block goes first, whole, whatever its series. The newest one always stays. Besides what is stored, room
/// is kept for the largest file that is about to be written next to what it replaces: a compacted block, or the blocks
/// of the next seal together with the next checkpoint. At most a quarter of the limit is kept free for that, and a bit
/// for the log; no block larger than a quarter is made by compaction, so that what is kept free always suffices for
/// compaction.
struct SizeRetention {
    /// What is stored now.
    struct Stock {
        var blocks: [BlockSummary] = []
        /// The bytes of the log, of checkpoints and of the MANIFEST.
        var otherBytes: UInt64 = 0
        /// The bytes that the next large files may take before what they replace is removed.
        var plannedBytes: UInt64 = 0
        /// The bytes that are kept free for the log.
        var marginBytes: UInt64 = 0

        /// The bytes of all blocks.
        var blockBytes: UInt64 { blocks.reduce(0) { $0 + $1.byteCount } }
    }

    /// What has to go.
    struct Decision: Equatable {
        /// The blocks that go now, the oldest first.
        var removals: [UInt64] = []
        /// How many bytes are kept free.
        var reserved: UInt64 = 0
        /// By how many bytes the limit is still exceeded when these blocks are gone.
        var excess: UInt64 = 0
    }

    /// The part of the limit that one compaction, and what is kept free, may take at most.
    static func largestPlan(within limit: UInt64) -> UInt64 { limit / 4 }

    /// Returns which blocks go so that the stock, and what is planned, fit into `limit` bytes.
    static func decide(_ stock: Stock, limit: UInt64) -> Decision {
        var decision = Decision(reserved: min(stock.plannedBytes, largestPlan(within: limit)) + stock.marginBytes)
        let oldestFirst = stock.blocks.sorted { ($0.maxTime, $0.number) < ($1.maxTime, $1.number) }
        var total = stock.blockBytes + stock.otherBytes
        for block in oldestFirst.dropLast() where total + decision.reserved > limit {
            decision.removals.append(block.number)
            total -= block.byteCount
        }
        decision.excess = total > limit ? total - limit : 0
        return decision
    }
}

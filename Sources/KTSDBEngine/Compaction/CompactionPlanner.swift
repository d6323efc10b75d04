/// Blocks that are to become one.
package struct CompactionPlan: Hashable {
    /// Their numbers, in the order of their generations.
    package var inputs: [UInt64]
    /// The level of the result.
    package var level: UInt8

    package init(inputs: [UInt64], level: UInt8) {
        self.inputs = inputs
        self.level = level
    }
}

/// Chooses which blocks are merged next; a pure function of what the MANIFEST says and of the time.
///
/// A block of level 1 has samples of one window of two hours, one of level 2 those of one day (UTC). Blocks are
/// candidates when they lie in one such span that is over, and are not of a higher level. Only blocks that follow each
/// other by generation are merged, as far as they are in the span: the result has the highest of their generations, and
/// a block between them would change places with some of their samples.
package struct CompactionPlanner {
    /// How long the spans of levels 1 and 2 are, in milliseconds; they begin at multiples of it.
    package static let spans: [Int64] = [TimeWindow.blockMilliseconds, 86_400_000]
    /// A block of the result's own level is written again when it is at most so many times as long as all newer ones.
    private static let growth: UInt64 = 2
    /// If there are more blocks of the result's own level in a span they are all merged, however long.
    private static let peerLimit = 4

    /// All blocks that the MANIFEST names.
    var blocks: [BlockSummary]
    /// Those that can be read.
    var usable: Set<UInt64>
    /// The wall clock, in milliseconds.
    var now: Int64
    /// No sample in memory is earlier; `Int64.min` where that is not known.
    var earliestInMemory: Int64
    /// No block of a higher level is made.
    var maximumLevel = 2

    package init(
        blocks: [BlockSummary], usable: Set<UInt64>, now: Int64, earliestInMemory: Int64, maximumLevel: Int = 2
    ) {
        self.blocks = blocks
        self.usable = usable
        self.now = now
        self.earliestInMemory = earliestInMemory
        self.maximumLevel = maximumLevel
    }

    /// What is to be merged next: short spans first, then the earliest; nil if nothing is due.
    package func next() -> CompactionPlan? {
        for (index, span) in Self.spans.prefix(maximumLevel).enumerated() {
            let level = UInt8(index + 1)
            let candidates = Dictionary(grouping: blocks.filter { isMember($0, level, span) }) {
                TimeWindow.number(of: $0.minTime, length: span)
            }
            for number in candidates.keys.sorted() where candidates[number]!.count > 1 && isOver(number, span) {
                if let plan = plan(number, level, span) { return plan }
            }
        }
        return nil
    }

    private func isMember(_ block: BlockSummary, _ level: UInt8, _ span: Int64) -> Bool {
        block.level <= level && usable.contains(block.number)
            && TimeWindow.number(of: block.minTime, length: span) == TimeWindow.number(of: block.maxTime, length: span)
    }

    /// Whether a span has passed and nothing of it is in memory any more. Where late samples come all the time that is
    /// never so: two hours later it is over all the same.
    private func isOver(_ number: Int64, _ span: Int64) -> Bool {
        let (end, overflow) = (number + 1).multipliedReportingOverflow(by: span)
        guard !overflow, end <= now else { return false }
        return end <= earliestInMemory || now - end >= TimeWindow.blockMilliseconds
    }

    private func plan(_ number: Int64, _ level: UInt8, _ span: Int64) -> CompactionPlan? {
        let all = blocks.filter {
            TimeWindow.number(of: $0.minTime, length: span) <= number
                && number <= TimeWindow.number(of: $0.maxTime, length: span)
        }
        .map { (block: $0, isMember: isMember($0, level, span)) }
        // What cannot be merged stands before others with the same last commit: these must not get one that is the
        // same.
        .sorted {
            ($0.block.lastSequence, $0.isMember ? 1 : 0, $0.block.number)
                < ($1.block.lastSequence, $1.isMember ? 1 : 0, $1.block.number)
        }
        for run in all.split(whereSeparator: { !$0.isMember }) {
            if let inputs = inputs(run.map(\.block), level) {
                return CompactionPlan(inputs: inputs.map(\.number), level: level)
            }
        }
        return nil
    }

    /// The newest of the blocks, back to one that is long already: late samples do not make it be written again and
    /// again.
    private func inputs(_ run: [BlockSummary], _ level: UInt8) -> ArraySlice<BlockSummary>? {
        guard run.count > 1 else { return nil }
        if run.count(where: { $0.level == level }) > Self.peerLimit { return run[...] }
        var first = run.count - 1
        var byteCount = run[first].byteCount
        while first > 0 {
            let older = run[first - 1]
            guard
                older.level < level || older.lastSequence == run[first].lastSequence
                    || older.byteCount <= Self.growth * byteCount
            else { break }
            byteCount += older.byteCount
            first -= 1
        }
        return run.count - first > 1 ? run[first...] : nil
    }
}

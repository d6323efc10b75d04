/// Blocks that are to be compacted into one.
package struct CompactionPlan: Hashable {
    /// Their numbers, ascending by last commit.
    package var inputs: [UInt64]
    /// The level of the result.
    package var level: UInt8

    package init(inputs: [UInt64], level: UInt8) {
        self.inputs = inputs
        self.level = level
    }
}

/// Chooses which blocks are compacted next: a pure function of what the MANIFEST says and of the time.
///
/// A block of level 1 has samples of one window of two hours, one of level 2 those of one day (UTC). A block is a
/// candidate if it lies within one such span, the span is over, and the block's level is no higher than that of the
/// span. Of all blocks with samples in the span, in the order of their last commits, only neighbours are compacted. The
/// result gets the highest of their last commits, so a block between them would win or lose against other samples than
/// before.
///
/// A block that replaces what is at its times in blocks before it is only compacted with others of that kind, or with
/// all that come before it: what the result has must replace all of that or nothing.
package struct CompactionPlanner {
    /// How long the spans of levels 1 and 2 are, in milliseconds; they begin at multiples of their length.
    package static let spans: [Int64] = [TimeWindow.blockMilliseconds, 86_400_000]
    /// The same for rollups, which have few samples: a day, and 32 days.
    package static let rollupSpans: [Int64] = [86_400_000, 32 * 86_400_000]
    /// A block of the result's own level is compacted again only if it has at most this many times the bytes of all
    /// newer ones together.
    private static let growth: UInt64 = 2
    /// If there are more blocks of the result's own level than this, all of them are compacted, however long they are.
    private static let peerLimit = 4
    /// A window that is not over is compacted when seals have made more blocks in it than this.
    private static let sealLimit = 12

    /// All blocks that the MANIFEST names.
    var blocks: [BlockSummary]
    /// Those that can be read.
    var usable: Set<UInt64>
    /// The wall clock, in milliseconds.
    var now: Int64
    /// The time of the earliest sample in memory, or an earlier one; `Int64.min` if that is not known.
    var earliestInMemory: Int64
    /// The lengths of the spans.
    var spans = Self.spans
    /// The highest level of which blocks are made.
    var maximumLevel = 2
    /// For a block of which a deletion hides something and can still be undone: the last commit that the deletion
    /// covers. A block with later commits must not be compacted with it, since the deletion would not cover the result.
    var barriers: [UInt64: UInt64] = [:]
    /// The latest end of a span of the highest level, in milliseconds: later ones have samples that become too old
    /// soon, and blocks are removed whole.
    package var longSpanEnd = Int64.max
    /// The most bytes that the blocks of one plan may have together.
    package var byteLimit = UInt64.max

    package init(
        blocks: [BlockSummary], usable: Set<UInt64>, now: Int64, earliestInMemory: Int64, maximumLevel: Int = 2,
        barriers: [UInt64: UInt64] = [:]
    ) {
        self.blocks = blocks
        self.usable = usable
        self.now = now
        self.earliestInMemory = earliestInMemory
        self.maximumLevel = maximumLevel
        self.barriers = barriers
    }

    /// Returns what to compact next: short spans first, then the earliest; nil if nothing is due.
    package func next() -> CompactionPlan? {
        for (index, span) in spans.prefix(maximumLevel).enumerated() {
            let level = UInt8(index + 1)
            let candidates = Dictionary(grouping: blocks.filter { isMember($0, level, span) }) {
                TimeWindow.number(of: $0.minTime, length: span)
            }
            for number in candidates.keys.sorted() {
                let members = candidates[number]!
                guard members.count > 1 else { continue }
                let isCrowded = index == 0 && members.count(where: { $0.level == 0 }) > Self.sealLimit
                guard isCrowded || isOver(number, span, level) else { continue }
                if let plan = plan(number, level, span) { return plan }
            }
        }
        return nil
    }

    private func isMember(_ block: BlockSummary, _ level: UInt8, _ span: Int64) -> Bool {
        block.level <= level && usable.contains(block.number)
            && TimeWindow.number(of: block.minTime, length: span) == TimeWindow.number(of: block.maxTime, length: span)
    }

    /// Whether a span has passed and none of its samples are in memory any more. Late samples may keep arriving, so two
    /// hours after its end the span counts as over anyway.
    private func isOver(_ number: Int64, _ span: Int64, _ level: UInt8) -> Bool {
        let (end, overflow) = (number + 1).multipliedReportingOverflow(by: span)
        guard !overflow, end <= now, Int(level) < spans.count || end <= longSpanEnd else { return false }
        return end <= earliestInMemory || now - end >= TimeWindow.blockMilliseconds
    }

    private func plan(_ number: Int64, _ level: UInt8, _ span: Int64) -> CompactionPlan? {
        let all = blocks.filter {
            TimeWindow.number(of: $0.minTime, length: span) <= number
                && number <= TimeWindow.number(of: $0.maxTime, length: span)
        }
        .map { (block: $0, isMember: isMember($0, level, span)) }
        // A block that cannot be compacted comes before members with the same last commit, so that these are not
        // compacted with older blocks. In the result, the older samples would no longer win against that block.
        .sorted {
            let (left, right) = ($0.block.rank, $1.block.rank)
            return (left.sequence, $0.isMember ? 1 : 0, left, $0.block.number)
                < (right.sequence, $1.isMember ? 1 : 0, right, $1.block.number)
        }
        let lowest = all.first?.block.number
        for run in all.split(whereSeparator: { !$0.isMember }) {
            for part in parts(run.map(\.block)) {
                if let inputs = alike(inputs(part, level), of: part, isLowest: part[0].number == lowest) {
                    return CompactionPlan(inputs: inputs.map(\.number), level: level)
                }
            }
        }
        return nil
    }

    /// Divides blocks, ascending by last commit, at barriers.
    private func parts(_ run: [BlockSummary]) -> [[BlockSummary]] {
        guard !barriers.isEmpty else { return [run] }
        var parts: [[BlockSummary]] = [], last = UInt64.max
        for block in run {
            if parts.isEmpty || block.lastSequence > last {
                parts.append([])
                last = .max
            }
            parts[parts.count - 1].append(block)
            last = min(last, barriers[block.number] ?? .max)
        }
        return parts
    }

    /// Returns `inputs`, or those of them that can be compacted: blocks that replace and others together only if
    /// nothing comes before them. If that leaves too many blocks, all of the run are compacted, within the limit of
    /// bytes.
    private func alike(
        _ inputs: ArraySlice<BlockSummary>?, of run: [BlockSummary], isLowest: Bool
    ) -> ArraySlice<BlockSummary>? {
        guard let inputs else { return nil }
        if inputs.allSatisfy({ $0.replaces == inputs.last?.replaces }) { return inputs }
        if isLowest, inputs.startIndex == 0 || run.count > Self.peerLimit {
            let whole = run[..<inputs.endIndex]
            if whole.startIndex == inputs.startIndex || fits(whole) { return whole }
        }
        var end = inputs.endIndex
        while end > inputs.startIndex {
            var first = end - 1
            while first > inputs.startIndex, run[first - 1].replaces == run[end - 1].replaces { first -= 1 }
            if end - first > 1 { return run[first..<end] }
            end = first
        }
        return nil
    }

    private func fits(_ blocks: ArraySlice<BlockSummary>) -> Bool {
        blocks.reduce(0) { $0 + $1.byteCount } <= byteLimit
    }

    /// Returns the newest of the blocks, back to one that is already long: late samples must not cause it to be written
    /// again and again. Returns nil if that is a single block.
    private func inputs(_ run: [BlockSummary], _ level: UInt8) -> ArraySlice<BlockSummary>? {
        guard run.count > 1 else { return nil }
        let areMany = run.count(where: { $0.level == level }) > Self.peerLimit
        var first = run.count - 1
        var byteCount = run[first].byteCount
        while first > 0 {
            let older = run[first - 1]
            guard
                areMany || older.level < level || older.lastSequence == run[first].lastSequence
                    || older.byteCount <= Self.growth * byteCount
            else { break }
            guard byteCount <= byteLimit, older.byteCount <= byteLimit - byteCount else { break }
            byteCount += older.byteCount
            first -= 1
        }
        // Blocks with one last commit stay together: none of them may come between the others and the result.
        while first > 0, first < run.count, run[first - 1].lastSequence == run[first].lastSequence { first += 1 }
        return run.count - first > 1 ? run[first...] : nil
    }
}

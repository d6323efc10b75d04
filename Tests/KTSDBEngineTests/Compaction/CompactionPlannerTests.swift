import KTSDBEngine
import KTSDBTesting
import Testing

@Suite struct `The choice of blocks to merge` {
    static let window: Int64 = 7_200_000, day: Int64 = 86_400_000

    /// A block with a minute of samples in window `window` of day 0.
    static func block(
        _ number: UInt64, lastSequence: UInt64? = nil, level: UInt8 = 0, window: Int64, through last: Int64? = nil,
        bytes: UInt64 = 1000
    ) -> BlockSummary {
        BlockSummary(
            number: number, lastSequence: lastSequence ?? number, level: level, minTime: window * Self.window,
            maxTime: (last ?? window) * Self.window + 60_000, byteCount: bytes, seriesCount: 1, sampleCount: 4,
            checksum: 0)
    }

    static func next(
        _ blocks: [BlockSummary], now: Int64 = 100 * day, earliest: Int64 = .max, without broken: Set<UInt64> = [],
        maximumLevel: Int = 2, barriers: [UInt64: UInt64] = [:], byteLimit: UInt64 = .max
    ) -> CompactionPlan? {
        var planner = CompactionPlanner(
            blocks: blocks, usable: Set(blocks.map(\.number)).subtracting(broken), now: now, earliestInMemory: earliest,
            maximumLevel: maximumLevel, barriers: barriers)
        planner.byteLimit = byteLimit
        return planner.next()
    }

    @Test func `of too many bytes keeps no other from being made`() {
        func block(_ number: UInt64, window: Int64 = 0, replaces: Bool, bytes: UInt64) -> BlockSummary {
            var block = Self.block(number, level: window == 0 ? 1 : 0, window: window, bytes: bytes)
            block.replaces = replaces
            return block
        }
        // A window whose blocks replace each other in turn, and are compacted all together or not at all.
        var blocks = [block(1, replaces: false, bytes: 10_000)]
        for number in 2...9 as ClosedRange<UInt64> {
            blocks.append(block(number, replaces: number % 2 == 0, bytes: 1000))
        }
        #expect(Self.next(blocks)?.inputs == Array(1...9))
        #expect(Self.next(blocks, byteLimit: 18_000)?.inputs == Array(1...9))
        #expect(Self.next(blocks, byteLimit: 17_999) == nil)
        blocks += [10, 11].map { block($0, window: 1, replaces: false, bytes: 100) }
        #expect(Self.next(blocks, byteLimit: 17_999)?.inputs == [10, 11])
    }

    @Test func `falls on windows first, the earliest first, then on days`() {
        var blocks = [
            Self.block(1, window: 0), Self.block(2, window: 1), Self.block(3, window: 1), Self.block(4, window: 0),
        ]
        #expect(Self.next(blocks) == CompactionPlan(inputs: [1, 4], level: 1))
        blocks = [
            Self.block(2, window: 1), Self.block(3, window: 1), Self.block(5, lastSequence: 4, level: 1, window: 0),
        ]
        #expect(Self.next(blocks) == CompactionPlan(inputs: [2, 3], level: 1))
        blocks = [
            Self.block(5, lastSequence: 4, level: 1, window: 0), Self.block(6, lastSequence: 3, level: 1, window: 1),
            Self.block(7, lastSequence: 7, window: 3),
        ]
        #expect(Self.next(blocks) == CompactionPlan(inputs: [6, 5, 7], level: 2))
        #expect(Self.next(blocks, maximumLevel: 1) == nil)
        #expect(Self.next([Self.block(8, level: 2, window: 0, through: 11)]) == nil)
        // One block of a window is left for the day, and blocks of different days stay apart.
        #expect(Self.next([Self.block(1, window: 0), Self.block(2, window: 12), Self.block(3, window: -1)]) == nil)
    }

    @Test func `waits until a window has passed and nothing of it is in memory, but not for ever`() {
        let blocks = [Self.block(1, window: 0), Self.block(2, window: 0)]
        #expect(Self.next(blocks, now: Self.window - 1) == nil)
        #expect(Self.next(blocks, now: Self.window) != nil)
        #expect(Self.next(blocks, now: Self.window, earliest: Self.window) != nil)
        #expect(Self.next(blocks, now: Self.window, earliest: Self.window - 1) == nil)
        #expect(Self.next(blocks, now: 2 * Self.window - 1, earliest: .min) == nil)
        #expect(Self.next(blocks, now: 2 * Self.window, earliest: .min) != nil)
    }

    @Test func `does not wait for the end of a window in which there are many blocks`() {
        let small = (1...13).map { Self.block($0, window: 0) }
        #expect(Self.next(Array(small.prefix(12)), now: 60_000, earliest: .min) == nil)
        let plan = CompactionPlan(inputs: Array(1...13), level: 1)
        #expect(Self.next(small, now: 60_000, earliest: .min) == plan)
        // The result waits with the next ones.
        let result = Self.block(14, lastSequence: 13, level: 1, window: 0, bytes: 13_000)
        let next = (15...26).map { Self.block($0, window: 0) }
        #expect(Self.next([result] + next, now: 60_000, earliest: .min) == nil)
        #expect(Self.next([result] + next + [Self.block(27, window: 0)], now: 60_000)?.inputs.count == 14)
        #expect(Self.next([result] + next, now: Self.window)?.inputs.count == 13)
    }

    @Test func `keeps blocks of which something can come back apart from those with later commits`() {
        let blocks = (1...5).map { Self.block($0, window: 0) }
        #expect(Self.next(blocks, barriers: [3: 3]) == CompactionPlan(inputs: [1, 2, 3], level: 1))
        #expect(Self.next(blocks, barriers: [2: 4]) == CompactionPlan(inputs: [1, 2, 3, 4], level: 1))
        #expect(Self.next(blocks, barriers: [1: 1, 2: 9]) == CompactionPlan(inputs: [2, 3, 4, 5], level: 1))
        #expect(Self.next(blocks, barriers: [1: 3, 2: 2]) == CompactionPlan(inputs: [1, 2], level: 1))
        #expect(Self.next(blocks, barriers: [5: 5]) == CompactionPlan(inputs: [1, 2, 3, 4, 5], level: 1))
        #expect(Self.next(Array(blocks[...1]), barriers: [1: 1]) == nil)
    }

    @Test func `does not pass over a block between, and leaves broken ones alone`() {
        let blocks = (1...5).map { Self.block($0, window: 0) }
        #expect(Self.next(blocks, without: [3]) == CompactionPlan(inputs: [1, 2], level: 1))
        let after = blocks[2...] + [Self.block(6, lastSequence: 2, level: 1, window: 0)]
        #expect(Self.next(Array(after), without: [3]) == CompactionPlan(inputs: [4, 5], level: 1))
        #expect(Self.next(blocks, without: [2, 4]) == nil)
        // A block of the same last commit in another window does not help across the broken one.
        let tied = [
            Self.block(1, lastSequence: 5, window: 0), Self.block(2, lastSequence: 8, window: 0),
            Self.block(3, lastSequence: 8, window: 1),
        ]
        #expect(Self.next(tied, without: [2]) == nil)
        // A block that lies across the windows is in the way of all of them.
        let across = [Self.block(1, window: 0), Self.block(2, window: 0, through: 1), Self.block(3, window: 0)]
        #expect(Self.next(across, maximumLevel: 1) == nil)
    }

    @Test func `writes a long block again only when much has come since`() {
        func next(_ blocks: [BlockSummary]) -> CompactionPlan? { Self.next(blocks, maximumLevel: 1) }
        let big = Self.block(1, level: 1, window: 0, bytes: 10_000)
        #expect(next([big, Self.block(2, window: 0)]) == nil)
        #expect(
            next([big, Self.block(2, window: 0), Self.block(3, window: 0)]) == CompactionPlan(inputs: [2, 3], level: 1))
        #expect(next([big, Self.block(2, window: 0, bytes: 5000)]) == CompactionPlan(inputs: [1, 2], level: 1))
        let many = [big] + (2...5).map { Self.block($0, level: 1, window: 0, bytes: 10_000 >> (2 * $0)) }
        #expect(next(many) == CompactionPlan(inputs: [1, 2, 3, 4, 5], level: 1))
        #expect(next(Array(many.prefix(4))) == nil)
        // For the day all windows' blocks are taken, and its own again only when much has come since.
        let windows = (1...3).map { Self.block(UInt64($0), level: 1, window: Int64($0), bytes: 10_000 >> (4 * $0)) }
        #expect(Self.next(windows) == CompactionPlan(inputs: [1, 2, 3], level: 2))
        #expect(
            Self.next([Self.block(9, lastSequence: 1, level: 2, window: 0, through: 4, bytes: 900), windows[2]]) == nil)
    }

    @Test func `makes no block larger than a size limit allows`() {
        func next(_ blocks: [BlockSummary], _ limit: UInt64) -> [UInt64]? {
            Self.next(blocks, maximumLevel: 1, byteLimit: limit)?.inputs
        }
        let blocks = (1...4).map { Self.block($0, window: 0) }
        #expect(next(blocks, 4000) == [1, 2, 3, 4] && next(blocks, 3999) == [2, 3, 4])
        #expect(next(blocks, 2000) == [3, 4] && next(blocks, 1999) == nil && next(blocks, 10) == nil)
        // However many there are.
        let many = (1...6).map { Self.block($0, level: 1, window: 0) }
        #expect(next(many, .max) == [1, 2, 3, 4, 5, 6] && next(many, 3000) == [4, 5, 6])
        // Blocks of one seal are taken together or not at all.
        let sealed = [
            Self.block(1, window: 0), Self.block(2, lastSequence: 2, window: 0),
            Self.block(3, lastSequence: 2, window: 0), Self.block(4, window: 0), Self.block(5, window: 0),
        ]
        #expect(next(sealed, 4000) == [2, 3, 4, 5] && next(sealed, 3000) == [4, 5])
    }

    /// Whatever the plans are: merging never changes which of two samples counts, and comes to an end.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func `keeps the order of ranks, and ends`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        /// A block's record, and the (window, last commit) of all that was merged into it.
        var blocks: [(record: BlockSummary, content: [(window: Int64, lastSequence: UInt64)])] = []
        var broken: Set<UInt64> = []
        var number: UInt64 = 0
        for sequence in 1...UInt64(2 + random.below(20)) {
            for window in [-13, -12, -1, 0, 1, 11, 12] as [Int64] where random.oneIn(3) {
                number += 1
                let bytes = UInt64(1 + random.below(1000))
                blocks.append(
                    (Self.block(number, lastSequence: sequence, window: window, bytes: bytes), [(window, sequence)])
                )
                if random.oneIn(15) { broken.insert(number) }
            }
        }
        var merges = 0
        let byteLimit: UInt64 = seed % 3 == 0 ? 2000 : .max
        while let plan = Self.next(blocks.map(\.record), without: broken, byteLimit: byteLimit) {
            merges += 1
            let byteCount = blocks.reduce(0) { plan.inputs.contains($1.record.number) ? $0 + $1.record.byteCount : $0 }
            #expect(byteCount <= byteLimit)
            #expect(plan.inputs.count > 1 && merges < 1000)
            guard merges < 1000 else { return }
            let inputs = blocks.filter { plan.inputs.contains($0.record.number) }
            #expect(inputs.count == plan.inputs.count && broken.isDisjoint(with: plan.inputs))
            blocks.removeAll { plan.inputs.contains($0.record.number) }
            number += 1
            var result = inputs[0].record
            result.number = number
            result.level = plan.level
            for input in inputs {
                result.lastSequence = max(result.lastSequence, input.record.lastSequence)
                result.minTime = min(result.minTime, input.record.minTime)
                result.maxTime = max(result.maxTime, input.record.maxTime)
            }
            result.byteCount = inputs.reduce(0) { $0 + $1.record.byteCount }
            blocks.append((result, inputs.flatMap(\.content)))
            // In each window the last commits of two blocks are in the order of all that is in them.
            for left in blocks {
                for right in blocks where left.record.number != right.record.number {
                    for (window, lastSequence) in left.content {
                        for other in right.content where other.window == window {
                            #expect(
                                (lastSequence < other.lastSequence)
                                    == (left.record.lastSequence < right.record.lastSequence),
                                "seed \(seed)")
                        }
                    }
                }
            }
        }
    }
}

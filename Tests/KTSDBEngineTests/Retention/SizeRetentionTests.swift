import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `The choice of blocks beyond a size` {
    static func block(_ number: UInt64, until maxTime: Int64, bytes: UInt64) -> BlockSummary {
        BlockSummary(number: number, maxTime: maxTime, byteCount: bytes)
    }

    static func decide(
        _ blocks: [BlockSummary], other: UInt64 = 0, planned: UInt64 = 0, limit: UInt64
    ) -> SizeRetention.Decision {
        SizeRetention.decide(
            SizeRetention.Stock(blocks: blocks, otherBytes: other, plannedBytes: planned), limit: limit)
    }

    @Test func `takes the oldest blocks until the rest fits, and never the newest`() {
        // The order is that of their newest samples.
        let blocks = [
            Self.block(1, until: 300, bytes: 10), Self.block(2, until: 100, bytes: 10),
            Self.block(3, until: 200, bytes: 10),
        ]
        #expect(Self.decide(blocks, limit: 30).removals == [])
        #expect(Self.decide(blocks, limit: 29).removals == [2])
        #expect(Self.decide(blocks, limit: 20).removals == [2])
        #expect(Self.decide(blocks, other: 1, limit: 20) == .init(removals: [2, 3]))
        #expect(Self.decide(blocks, other: 5, limit: 10) == .init(removals: [2, 3], excess: 5))
        #expect(Self.decide([blocks[0]], other: 100, limit: 0) == .init(excess: 110))
        #expect(Self.decide([], other: 100, limit: 90) == .init(excess: 10))
    }

    @Test func `keeps room for what is planned, up to a quarter of the limit`() {
        let blocks = (1...10).map { Self.block($0, until: Int64($0), bytes: 10) }
        #expect(Self.decide(blocks, planned: 15, limit: 100) == .init(removals: [1, 2], reserved: 15))
        #expect(Self.decide(blocks, planned: 1000, limit: 100) == .init(removals: [1, 2, 3], reserved: 25))
        // What is kept free is no reason to report an excess.
        #expect(Self.decide(blocks.suffix(1), other: 80, planned: 20, limit: 100) == .init(reserved: 20))
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `removes as few blocks as suffice`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let blocks = (0..<random.below(12)).map { number in
            Self.block(UInt64(number), until: Int64(random.below(6)), bytes: UInt64(random.below(50)))
        }
        let other = UInt64(random.below(100)), limit = UInt64(random.below(400)), planned = UInt64(random.below(200))
        let decision = Self.decide(blocks, other: other, planned: planned, limit: limit)
        #expect(decision.reserved <= limit / 4 && decision.reserved <= planned)
        let order = blocks.sorted { ($0.maxTime, $0.number) < ($1.maxTime, $1.number) }.map(\.number)
        #expect(decision.removals == Array(order.prefix(decision.removals.count)))
        #expect(blocks.isEmpty || decision.removals.count < blocks.count)
        func total(without removed: some Collection<UInt64>) -> UInt64 {
            blocks.reduce(other) { removed.contains($1.number) ? $0 : $0 + $1.byteCount }
        }
        let left = total(without: decision.removals)
        #expect(decision.excess == (left > limit ? left - limit : 0))
        if decision.removals.count + 1 < blocks.count { #expect(left + decision.reserved <= limit) }
        if !decision.removals.isEmpty {
            #expect(total(without: decision.removals.dropLast()) + decision.reserved > limit)
        }
    }

    @Test func `a failure is news once, and its end is news when nothing else fails`() {
        var failures = RetentionFailures()
        #expect(failures.note(.age, nil) == nil && failures.text == nil)
        #expect(failures.note(.age, "a") == .failed("a") && failures.note(.age, "a2") == nil)
        #expect(failures.note(.size, "b") == .failed("b") && failures.text == "a2 b" && failures.count == 3)
        #expect(failures.note(.age, nil) == nil && failures.text == "b")
        #expect(failures.note(.size, nil) == .restored && failures.note(.size, nil) == nil && failures.text == nil)
    }
}

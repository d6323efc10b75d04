import Testing

@testable import KTSDBEngine

@Suite struct `The mask of a block` {
    private static func part(_ deletion: UInt64, _ range: ClosedRange<Int64>, _ series: [UInt32]) -> BlockMask.Part {
        BlockMask.Part(cause: .deletion(deletion), range: range, series: SeriesSet(series, bound: 4))
    }

    @Test func `says what is hidden of each series, and of which nothing is left`() throws {
        #expect(BlockMask([], seriesCount: 4) == nil)
        let first = try #require(BlockMask([Self.part(1, 10...20, [1, 2])], seriesCount: 4))
        let mask = first.adding(Self.part(2, 21...30, [2, 3]))
        #expect(mask.ranges(of: 0) == nil)
        #expect(mask.ranges(of: 1)?.ranges == [10...20])
        #expect(mask.ranges(of: 2)?.ranges == [10...30])
        #expect(mask.ranges(of: 3)?.ranges == [21...30])
        #expect(mask.shown([0, 1, 2, 3], within: 12...25) == [0, 1, 3])
        #expect(!mask.hidesAll(12...15) && !mask.hidesAtOnce(12...15))
        #expect(mask.limited { $0.deletion == 1 }?.ranges(of: 3) == nil && mask.limited { $0.deletion! > 2 } == nil)
        let all = mask.adding(Self.part(3, 5...12, [0, 1, 2, 3])).adding(Self.part(4, 13...18, [0, 1, 2, 3]))
        #expect(all.hidesAtOnce(5...18) && all.hidesAll(5...18) && !all.hidesAll(5...19))
        // Only together.
        let mixed = first.adding(Self.part(2, 10...20, [0, 3]))
        #expect(mixed.hidesAll(10...20) && !mixed.hidesAtOnce(10...20) && !mixed.hidesAll(9...20))
    }
}

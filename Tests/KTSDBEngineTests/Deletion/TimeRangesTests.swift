import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Ranges of time` {
    @Test func `are joined where they touch or overlap`() {
        #expect(TimeRanges([]).ranges.isEmpty)
        #expect(TimeRanges([5...9, 1...2, 3...3, 8...12, 14...15]).ranges == [1...3, 5...12, 14...15])
        #expect(TimeRanges([.min ... .max, 3...4]).ranges == [.min ... .max])
        #expect(TimeRanges([.min...3, 4 ... .max]).ranges == [.min ... .max])
        #expect(TimeRanges([.min ... .min, .max ... .max]).ranges == [.min ... .min, .max ... .max])
    }

    @Test func `say what they leave of a span`() {
        let ranges = TimeRanges([3...4, 7...9])
        #expect(ranges.gaps(in: 1...10) == [1...2, 5...6, 10...10])
        #expect(ranges.gaps(in: 3...9) == [5...6])
        #expect(ranges.gaps(in: 4...7) == [5...6])
        #expect(ranges.gaps(in: 7...8) == [])
        #expect(ranges.gaps(in: 20...30) == [20...30] && ranges.gaps(in: 1...1) == [1...1])
        #expect(TimeRanges([]).gaps(in: .min ... .max) == [.min ... .max])
        #expect(TimeRanges([.min ... .max]).gaps(in: .min ... .max) == [])
        #expect(TimeRanges([.min...0]).gaps(in: .min ... .max) == [1 ... .max])
        #expect(TimeRanges([0 ... .max]).gaps(in: .min ... .max) == [.min ... -1])
        #expect(ranges.contains(allOf: 7...9) && !ranges.contains(allOf: 4...7) && !ranges.contains(allOf: 6...9))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `and their gaps are all times of a span, each once`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let given = (0..<random.below(6)).map { _ in
                let first = Int64(random.below(40))
                return first...(first + Int64(random.below(9)))
            }
            let ranges = TimeRanges(given), first = Int64(random.below(40)), span = first...(first + 12)
            let gaps = ranges.gaps(in: span)
            for time in Int64(-1)...60 {
                let isHidden = given.contains { $0.contains(time) }
                #expect(ranges.contains(time) == isHidden)
                #expect(gaps.count { $0.contains(time) } == (span.contains(time) && !isHidden ? 1 : 0))
            }
        }
    }
}

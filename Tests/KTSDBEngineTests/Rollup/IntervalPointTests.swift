import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `The point of an interval` {
    private static func point(_ values: [Double]) -> IntervalPoint {
        var point = IntervalPoint(end: 60_000)
        for (index, value) in values.enumerated() { point.add(value, at: Int64(index) * 1000 + 1) }
        return point
    }

    private static func float(_ point: IntervalPoint, _ column: RollupColumn) -> Double? {
        guard case .float(let value) = point.value(of: column) else { return nil }
        return value
    }

    @Test func `has count, extremes, last value and times`() {
        let point = Self.point([3, -1, 7, 2])
        #expect(Self.float(point, .count) == 4 && Self.float(point, .last) == 2)
        #expect(Self.float(point, .min) == -1 && Self.float(point, .max) == 7)
        #expect(Self.float(point, .first) == 3 && Self.float(point, .final) == 2)
        #expect(Self.float(point, .firstTime) == 1 && Self.float(point, .finalTime) == 3001)
        #expect(Self.float(point, .whole) == 11 && Self.float(point, .sum) == nil)
    }

    @Test func `takes the first of equal extremes, and not a number only if nothing else is there`() {
        let zeros = Self.point([.nan, 0, -0.0])
        #expect(Self.float(zeros, .min)?.sign == .plus && Self.float(zeros, .max)?.sign == .plus)
        let others = Self.point([-0.0, 0, .nan])
        #expect(Self.float(others, .min)?.sign == .minus && Self.float(others, .max)?.sign == .minus)
        let payload = Double(bitPattern: 0x7ff8_0000_0000_0042)
        #expect(Self.float(Self.point([.nan, payload]), .min)?.bitPattern == payload.bitPattern)
        #expect(Self.float(Self.point([.infinity, -.infinity]), .min) == -.infinity)
    }

    @Test func `says which sums are exact in any order`() {
        let limit = IntervalPoint.wholeLimit, mixed = IntervalPoint.mixedLimit
        #expect(Self.float(Self.point([limit - 2, 1]), .whole) == limit - 1)
        #expect(Self.float(Self.point([limit - 1, 1]), .whole) == nil)
        #expect(Self.float(Self.point([mixed, -1]), .whole) == nil)
        #expect(Self.float(Self.point([mixed - 2, -1]), .whole) == mixed - 3)
        #expect(Self.float(Self.point([1, 0.5]), .whole) == nil && Self.float(Self.point([1, 0.5]), .sum) == 1.5)
        #expect(Self.float(Self.point([1, .infinity]), .whole) == nil)
        #expect(Self.float(Self.point([1, .infinity]), .sum) == .infinity)
        #expect(Self.float(Self.point([1, .nan]), .sum)?.isNaN == true)
        // A compensated sum, as PromQL's.
        #expect(Self.float(Self.point([1e100, 0.5, -1e100]), .sum) == 0.5)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func `has what a counter loses in resets`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed), values: [Double] = [], value = 0.0, increase = 0.0
        for _ in 0..<50 {
            let rise = Double(generator.below(20))
            if generator.oneIn(7) { value = 0 }
            value += rise
            values.append(value)
        }
        for index in 1..<50 {
            increase += values[index] < values[index - 1] ? values[index] : values[index] - values[index - 1]
        }
        let point = Self.point(values)
        #expect(Self.float(point, .final)! - Self.float(point, .first)! + Self.float(point, .resets)! == increase)
    }

    @Test func `keeps floats and histograms apart`() {
        var histogram = Histogram()
        (histogram.count, histogram.sum, histogram.zeroCount) = (3, 6, 3)
        var mixed = Self.point([1])
        mixed.add(histogram, at: 50_000)
        #expect(Self.float(mixed, .count) == 2)
        for column in RollupColumn.allCases where column != .count && column != .last {
            #expect(mixed.value(of: column) == nil, "\(column)")
        }
        guard case .histogram(let last) = mixed.value(of: .last) else {
            return #expect(Bool(false), "A float is last.")
        }
        #expect(last.sum == 6)
        var pure = IntervalPoint(end: 60_000)
        for time in 1...3 as ClosedRange<Int64> { pure.add(histogram, at: time) }
        guard case .histogram(let sum) = pure.value(of: .sum) else { return #expect(Bool(false), "There is no sum.") }
        #expect(sum.count == 9 && sum.sum == 18)
        #expect(pure.value(of: .min) == nil && pure.value(of: .whole) == nil)
    }

    @Test(arguments: [10_000, 60_000, 7_000_000, 86_400_000] as [Int64])
    func `lies on a grid that is open on the left and closed on the right`(interval: Int64) {
        let grid = RollupGrid(interval: interval)
        for multiple in -3...3 as ClosedRange<Int64> {
            let end = multiple * interval
            #expect(grid.end(of: end) == end && grid.end(of: end + 1) == end + interval)
            #expect(grid.start(of: end) == end - interval + 1 && grid.end(of: grid.start(of: end)) == end)
        }
        #expect(grid.end(of: .max) <= .max && grid.end(of: .min) >= .min)
        #expect(grid.ends(of: 1...interval) == interval...interval)
    }
}

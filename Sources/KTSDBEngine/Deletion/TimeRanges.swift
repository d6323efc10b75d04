/// The time ranges that are hidden in a series: ascending, with at least one millisecond between each and the next.
struct TimeRanges: Hashable, Sendable {
    /// In milliseconds, both ends inclusive.
    let ranges: [ClosedRange<Int64>]

    /// Joins ranges, which may overlap and may be in any order.
    init(_ ranges: [ClosedRange<Int64>]) {
        var joined: [ClosedRange<Int64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = joined.last, range.lowerBound <= last.upperBound || range.lowerBound - 1 == last.upperBound
            else {
                joined.append(range)
                continue
            }
            joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        }
        self.ranges = joined
    }

    /// Returns whether a time is in one of the ranges.
    func contains(_ time: Int64) -> Bool { ranges.contains { $0.contains(time) } }

    /// Returns whether all of `span` is within one of the ranges.
    func contains(allOf span: ClosedRange<Int64>) -> Bool {
        ranges.contains { $0.lowerBound <= span.lowerBound && span.upperBound <= $0.upperBound }
    }

    /// Returns the parts of `span` that are outside all ranges, ascending.
    func gaps(in span: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
        var gaps: [ClosedRange<Int64>] = [], start = span.lowerBound
        for range in ranges where range.upperBound >= start {
            guard range.lowerBound <= span.upperBound else { break }
            if range.lowerBound > start { gaps.append(start...(range.lowerBound - 1)) }
            guard range.upperBound < span.upperBound else { return gaps }
            start = range.upperBound + 1
        }
        gaps.append(start...span.upperBound)
        return gaps
    }
}

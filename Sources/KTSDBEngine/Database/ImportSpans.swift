/// Divides the time of an import into spans that become one block each: days that are over, and windows of two hours.
enum ImportSpans {
    /// A span, and the level of its block.
    struct Span: Hashable {
        var times: ClosedRange<Int64>
        var level: UInt8
    }

    /// Returns the spans that cover all `windows`, ascending.
    ///
    /// - Parameters:
    ///   - windows: The numbers of windows of two hours that have samples.
    ///   - now: The wall clock, in milliseconds. A span that is not over at that time gets a block of level 0, so that
    ///     the window is compacted early if there are many.
    ///   - makesDays: Whether a day may become one block.
    /// - Returns: The spans, which do not overlap.
    static func of(_ windows: Set<Int64>, now: Int64, makesDays: Bool) -> [Span] {
        var spans: [Span] = []
        for window in windows.sorted() {
            if let last = spans.last, last.times.upperBound >= times(window, TimeWindow.blockMilliseconds).lowerBound {
                continue
            }
            let own = times(window, TimeWindow.blockMilliseconds)
            let day = times(
                TimeWindow.number(of: own.lowerBound, length: CompactionPlanner.spans[1]), CompactionPlanner.spans[1])
            if makesDays, day.upperBound < now {
                spans.append(Span(times: day, level: 2))
            } else {
                spans.append(Span(times: own, level: own.upperBound < now ? 1 : 0))
            }
        }
        return spans
    }

    /// The times of a window or day; at the ends of time, as far as they exist.
    private static func times(_ number: Int64, _ length: Int64) -> ClosedRange<Int64> {
        let (first, isBefore) = number.multipliedReportingOverflow(by: length)
        let start = isBefore ? Int64.min : first
        let (last, isAfter) = start.addingReportingOverflow(length - 1)
        guard !isBefore else { return .min...(.min / length * length - 1) }
        return start...(isAfter ? .max : last)
    }
}

internal import KTSDBModel

/// `anchored` and `smoothed`: windows that know what the value was at their ends, so that nothing is extrapolated.
///
/// `anchored` takes the last sample at or before the window's start as the value there; `smoothed` interpolates
/// linearly between the samples on both sides of each end. Both look for those samples as far as the lookback.
enum ExtendedWindows {
    /// Refuses functions for which samples outside of the window make no sense.
    static func check(_ ends: WindowEnds, in function: QueryFunction) throws(QueryError) {
        guard ends != .plain, !function.ends.contains(ends) else { return }
        let allowed = FunctionTable.all.filter { $0.ends.contains(ends) }.map(\.name).joined(separator: ", ")
        throw .execution("\(ends.rawValue) modifier can only be used with: \(allowed) - not with \(function.name)")
    }

    /// The value on the line between two samples; a counter that fell in between came from zero.
    @inline(__always)
    static func interpolate(
        _ times: Span<Int64>, _ values: Span<Double>, _ first: Int, at time: Int64, isCounter: Bool
    ) -> Double {
        let next = values[first + 1]
        let start = isCounter && next < values[first] ? 0 : values[first]
        return start + (next - start) * Double(time - times[first]) / Double(times[first + 1] - times[first])
    }

    /// `x smoothed`: the value at each step, on the line between the samples before and after; the last value if none
    /// comes after. `windows` reach `lookback` beyond the steps.
    static func interpolate(
        _ times: Span<Int64>, _ values: Span<Double>, _ lower: Span<Int32>, _ upper: Span<Int32>,
        _ windows: WindowTimes, lookback: Int64, into row: inout MutableSpan<Double>
    ) -> Int {
        var points = 0
        for step in row.indices {
            let window = Int(lower[step])..<max(Int(lower[step]), Int(upper[step]))
            let time = windows.end(step) - lookback
            let after = firstIndex(in: times, window, from: time)
            if after < window.upperBound, times[after] == time {
                row[step] = point(values[after])
            } else if after > window.lowerBound, after < window.upperBound {
                row[step] = point(interpolate(times, values, after - 1, at: time, isCounter: false))
            } else if after > window.lowerBound {
                row[step] = point(values[after - 1])
            } else {
                row[step] = .absent
                continue
            }
            points += 1
        }
        return points
    }

    /// The first index in `range` whose time is at or after `time`; the end of the range if no such index exists.
    static func firstIndex(in times: Span<Int64>, _ range: Range<Int>, from time: Int64) -> Int {
        range.partitionPoint { times[$0] < time }
    }

    /// Replaces the samples of a single widened window by those of the window itself and the values at its ends.
    static func cut(_ samples: inout SampleColumns, to windows: WindowTimes, _ ends: WindowEnds) {
        guard ends != .plain, !samples.times.isEmpty else { return }
        let end = windows.end(0), start = end - windows.width
        var cut = SampleColumns()
        if let span = ExtendedSpan(
            samples.times.span, 0..<samples.times.count, from: start, to: end, isSmoothed: ends == .smoothed,
            countsBehind: true)
        {
            let (left, right) = span.ends(samples.times.span, samples.values.span, isCounter: false)
            cut.times.append(start)
            cut.values.append(left)
            for index in span.inside {
                cut.times.append(samples.times[index])
                cut.values.append(samples.values[index])
            }
            cut.times.append(end)
            cut.values.append(right)
        }
        samples.removeAll()
        samples.times.append(cut.times.span)
        samples.values.append(cut.values.span)
    }
}

/// The samples that give the values at the ends of one extended window.
struct ExtendedSpan {
    let start: Int64
    let end: Int64
    let isSmoothed: Bool
    /// The samples from which the values at the window's ends are derived.
    let first: Int
    let last: Int
    /// Those strictly within the window.
    let inside: Range<Int>

    /// `countsBehind`: a smoothed window that lies before the first sample has its value at both ends, too, as the
    /// windows have that are a query's result.
    /// - Returns: nil if there is no sample after the start.
    init?(
        _ times: Span<Int64>, _ window: Range<Int>, from start: Int64, to end: Int64, isSmoothed: Bool,
        countsBehind: Bool = false
    ) {
        guard !window.isEmpty else { return nil }
        self.start = start
        self.end = end
        self.isSmoothed = isSmoothed
        let final = window.upperBound - 1
        let before = ExtendedWindows.firstIndex(in: times, window.lowerBound..<final, from: start + 1) - 1
        first = max(window.lowerBound, before)
        last = isSmoothed ? ExtendedWindows.firstIndex(in: times, window.lowerBound..<final, from: end) : final
        guard times[last] > start, countsBehind || !isSmoothed || times[first] <= end else { return nil }
        let low = times[first] <= start ? first + 1 : first
        let high = times[last] >= end ? last - 1 : last
        inside = low..<max(low, high + 1)
    }

    /// The values at the window's ends.
    func ends(_ times: Span<Int64>, _ values: Span<Double>, isCounter: Bool) -> (left: Double, right: Double) {
        let left =
            isSmoothed && times[first] < start
            ? ExtendedWindows.interpolate(times, values, first, at: start, isCounter: isCounter) : values[first]
        let right =
            isSmoothed && last > 0 && times[last] > end
            ? ExtendedWindows.interpolate(times, values, last - 1, at: end, isCounter: isCounter) : values[last]
        return (left, right)
    }
}

extension WindowFunction {
    /// The functions that `anchored` and `smoothed` go with, over widened windows; `input.windows` are those asked for.
    func applyExtended(
        _ input: borrowing WindowInput, isSmoothed: Bool, _ meter: inout WorkMeter,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        let seconds = goSeconds(input.windows.width)
        for step in row.indices {
            let window = input.window(step)
            let end = input.windows.end(step), start = end - input.windows.width
            try meter.add(window.count)
            row[step] = .absent
            if self == .resets || self == .changes {
                let before = ExtendedWindows.firstIndex(in: input.times, window, from: start + 1)
                guard before < window.upperBound else { continue }
                row[step] = Double(count(input.values, max(window.lowerBound, before - 1)..<window.upperBound))
                continue
            }
            guard
                let span = ExtendedSpan(input.times, window, from: start, to: end, isSmoothed: isSmoothed)
            else { continue }
            let isCounter = self != .delta
            let (left, right) = span.ends(input.times, input.values, isCounter: isCounter)
            var result = right - left
            if isCounter { result += Self.correction(left, right, input.values, span.inside) }
            row[step] = point(self == .rate ? result / seconds : result)
        }
    }

    /// How many samples of a range fell, or differ from, the one before.
    private func count(_ values: Span<Double>, _ range: Range<Int>) -> Int {
        var count = 0
        for index in range.dropFirst() where counts(values[index], after: values[index - 1]) { count += 1 }
        return count
    }

    /// What a counter had reached each time it was reset within the window.
    private static func correction(
        _ left: Double, _ right: Double, _ values: Span<Double>, _ inside: Range<Int>
    ) -> Double {
        var correction = 0.0, previous = left
        for index in inside {
            if values[index] < previous { correction += previous }
            previous = values[index]
        }
        if right < previous { correction += previous }
        return correction
    }
}

internal import KTSDBModel

/// `rate`, `increase` and `delta`: how much a value went up over a window.
///
/// The samples cover less than the window, so what lies between the first and the last is extrapolated to the window's
/// ends, but only
///
/// - if the end is nearer than 1.1 average distances between samples: then the series surely goes on to it; otherwise
///   the series begins or ends within the window, and half an average distance is a fair guess of where;
/// - for a counter at most to the point where it would have been zero, since a counter is never negative.
///
/// A counter that falls was reset to zero in between: what it had reached before is added. The additions are made in the
/// window's order, so that sums are rounded as in Prometheus; only *where* the falls are is found once per series.
struct ExtrapolatedRate {
    var isCounter: Bool
    var perSecond: Bool

    func apply(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        scratch.integers.removeAll()
        if isCounter { Self.findFalls(input.values, into: &scratch.integers) }
        try fill(&row, input, falls: scratch.integers, &scratch.meter)
    }

    private func fill(
        _ row: inout MutableSpan<Double>, _ input: borrowing WindowInput, falls: borrowing Column<Int32>,
        _ meter: inout WorkMeter
    ) throws(QueryError) {
        let falls = falls.span
        let values = input.values, times = input.times
        let seconds = goSeconds(input.windows.width)
        var firstFall = 0
        for step in row.indices {
            let window = input.window(step)
            guard window.count >= 2 else {
                row[step] = .absent
                continue
            }
            let first = window.lowerBound, last = window.upperBound - 1
            var result = values[last] - values[first]
            // Falls at or before the first sample of this window are so for all later windows.
            while firstFall < falls.count, Int(falls[firstFall]) <= first { firstFall += 1 }
            var fall = firstFall
            while fall < falls.count, Int(falls[fall]) <= last {
                result += values[Int(falls[fall]) - 1]
                fall += 1
            }
            try meter.add(fall - firstFall)
            let end = input.windows.end(step)
            let factor = extrapolation(
                result, firstValue: values[first], count: window.count,
                toStart: Double(times[first] - (end - input.windows.width)) / 1000,
                toEnd: Double(end - times[last]) / 1000, covered: Double(times[last] - times[first]) / 1000)
            row[step] = point(result * (perSecond ? factor / seconds : factor))
        }
    }

    /// The factor from what the samples cover to what the window covers; all in seconds.
    @inline(__always)
    func extrapolation(
        _ result: Double, firstValue: Double, count: Int, toStart: Double, toEnd: Double, covered: Double
    ) -> Double {
        let distance = covered / Double(count - 1)
        let threshold = distance * 1.1
        var toStart = toStart, toEnd = toEnd
        if toStart >= threshold { toStart = distance / 2 }
        if isCounter, result > 0, firstValue >= 0 {
            let toZero = covered * (firstValue / result)
            if toZero < toStart { toStart = toZero }
        }
        if toEnd >= threshold { toEnd = distance / 2 }
        return covered == 0 ? 1 : (covered + toStart + toEnd) / covered
    }

    /// The indices of samples that are below the one before them.
    private static func findFalls(_ values: Span<Double>, into falls: inout Column<Int32>) {
        guard values.count > 1 else { return }
        for index in 1..<values.count where values[index] < values[index - 1] { falls.append(Int32(index)) }
    }
}

extension WindowFunction {
    /// `irate`, `idelta`: the difference of the last two samples, per second for `irate`.
    func applyInstant(_ input: borrowing WindowInput, into row: inout MutableSpan<Double>) {
        for step in row.indices {
            let window = input.window(step)
            guard window.count >= 2 else {
                row[step] = .absent
                continue
            }
            let last = window.upperBound - 1
            let value = input.values[last], previous = input.values[last - 1]
            // A counter that fell was reset: what it shows now is what it went up by.
            let difference = self == .irate && value < previous ? value : value - previous
            let seconds = Double(input.times[last] - input.times[last - 1]) / 1000
            row[step] = point(self == .irate ? difference / seconds : difference)
        }
    }

    /// `resets`, `changes`: how many samples of the window fell, or differ from, the one before them in the window.
    ///
    /// A running count over the whole series: the difference of two counts is exact.
    func applyCounting(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) {
        scratch.integers.removeAll()
        var running: Int32 = 0
        let values = input.values
        for index in values.indices {
            if index > 0 {
                let value = values[index], previous = values[index - 1]
                let counts =
                    self == .resets
                    ? value < previous : value != previous && !(value.isNaN && previous.isNaN)
                if counts { running += 1 }
            }
            scratch.integers.append(running)
        }
        for step in row.indices {
            let window = input.window(step)
            row[step] =
                window.isEmpty
                ? .absent
                : Double(scratch.integers[window.upperBound - 1] - scratch.integers[window.lowerBound])
        }
    }
}

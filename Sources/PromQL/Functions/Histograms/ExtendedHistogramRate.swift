internal import KTSDBModel

/// `rate`, `increase` and `delta` of histograms over windows that know what the value was at their ends: `anchored` and
/// `smoothed`, as in ``ExtendedWindows``.
struct ExtendedHistogramRate {
    let isCounter: Bool
    /// Seconds to divide by; nil for `increase` and `delta`.
    let perSeconds: Double?
    let isSmoothed: Bool
    let annotations: SeriesAnnotations

    /// The difference between the window's ends.
    ///
    /// - Parameters:
    ///   - samples: The histograms of the widened window, at least one.
    ///   - start: The start of the window itself.
    ///   - end: Its end.
    /// - Returns: nil if there is no sample after the start, or the histograms are incompatible.
    func value(_ samples: TimedHistograms, from start: Int64, to end: Int64) -> Histogram? {
        let final = samples.count - 1
        let first = max(0, samples.firstIndex(before: final, from: start + 1) - 1)
        let last = isSmoothed ? samples.firstIndex(before: final, from: end) : final
        guard samples.time(last) > start, !(isSmoothed && samples.time(first) > end) else { return nil }
        guard isUniform(samples, first...last) else { return nil }
        do throws(IncompatibleHistograms) {
            let left = try self.left(samples, first, start), right = try self.right(samples, last, end)
            if !isCounter, left.counterResetHint != .gauge || right.counterResetHint != .gauge {
                annotations.add(.notGauge(metric: annotations.metricName))
            }
            var result = right
            annotations.add(try result.subtract(left), of: .subtraction)
            if isCounter {
                let lost = try correction(samples, first, last, left, right, start)
                if let lost { annotations.add(try result.add(lost), of: .addition) }
            }
            if let perSeconds { result.divide(by: perSeconds) }
            result.counterResetHint = .gauge
            result.compact()
            return result
        } catch {
            annotations.add(.mixedExponentialAndCustom(metric: annotations.metricName))
            return nil
        }
    }

    /// Whether all histograms have the same kind of buckets.
    private func isUniform(_ samples: TimedHistograms, _ range: ClosedRange<Int>) -> Bool {
        for index in range {
            if samples[index].usesCustomBuckets != samples[range.lowerBound].usesCustomBuckets {
                annotations.add(.mixedExponentialAndCustom(metric: annotations.metricName))
                return false
            }
            if isCounter, samples[index].counterResetHint == .gauge {
                annotations.add(.notCounter(metric: annotations.metricName))
            }
        }
        return true
    }

    private func left(
        _ samples: TimedHistograms, _ first: Int, _ start: Int64
    ) throws(IncompatibleHistograms) -> Histogram {
        guard isSmoothed, samples.time(first) < start else { return samples[first] }
        return try samples.interpolate(first, at: start, isCounter: isCounter, annotations)
    }

    private func right(
        _ samples: TimedHistograms, _ last: Int, _ end: Int64
    ) throws(IncompatibleHistograms) -> Histogram {
        guard isSmoothed, last > 0, samples.time(last) > end else { return samples[last] }
        return try samples.interpolate(last - 1, at: end, isCounter: isCounter, annotations)
    }

    /// What a counter had reached each time it was reset between the ends; nil if it never was.
    ///
    /// The last sample is not looked at: `right` is that sample, or lies just before it and has its hint.
    private func correction(
        _ samples: TimedHistograms, _ first: Int, _ last: Int, _ left: Histogram, _ right: Histogram, _ start: Int64
    ) throws(IncompatibleHistograms) -> Histogram? {
        var next = first + 1, previous = left
        if isSmoothed, samples.time(first) < start, samples[first + 1].isReset(from: samples[first]) {
            // That reset is part of how `left` was interpolated.
            previous = samples[first + 1]
            next += 1
        }
        guard next <= last else { return nil }
        var total: Histogram?
        func add(_ histogram: Histogram) throws(IncompatibleHistograms) {
            guard var sum = total else {
                total = histogram
                return
            }
            annotations.add(try sum.add(histogram), of: .addition)
            total = sum
        }
        for index in next..<last {
            if samples[index].isReset(from: previous) { try add(previous) }
            previous = samples[index]
        }
        if right.isReset(from: previous) { try add(previous) }
        return total
    }
}

/// Some histograms of one series in a row, with their times.
struct TimedHistograms: ~Escapable {
    private let values: ArraySlice<Histogram>
    private let rows: ArraySlice<Int32>
    private let times: Span<Int64>

    /// The histograms in `range` of those in `numbers`, whose rows count in `times`.
    @_lifetime(copy times)
    init(_ numbers: HistogramNumbers, _ range: Range<Int>, times: Span<Int64>) {
        values = numbers.values[range]
        rows = numbers.rows[range]
        self.times = times
    }

    var count: Int { values.count }
    subscript(index: Int) -> Histogram { values[values.startIndex + index] }
    func time(_ index: Int) -> Int64 { times[Int(rows[rows.startIndex + index])] }

    /// The first index below `limit` whose time is at or after `time`; `limit` if no such index exists.
    func firstIndex(before limit: Int, from time: Int64) -> Int {
        (0..<limit).partitionPoint { self.time($0) < time }
    }

    /// The histogram on the line between the one at `index` and the next; a counter that was reset in between came from
    /// zero.
    func interpolate(
        _ index: Int, at time: Int64, isCounter: Bool, _ annotations: SeriesAnnotations
    ) throws(IncompatibleHistograms) -> Histogram {
        let first = self[index], second = self[index + 1]
        let start = self.time(index), end = self.time(index + 1)
        if time == start { return first }
        if time == end { return second }
        let fraction = Double(time - start) / Double(end - start)
        var result = second
        if isCounter, second.isReset(from: first) {
            result.multiply(by: fraction)
            return result
        }
        annotations.add(try result.subtract(first), of: .subtraction)
        result.multiply(by: fraction)
        annotations.add(try result.add(first), of: .addition)
        return result
    }
}

/// `x smoothed` for a series with histograms: the value at each step, on the line between the samples around it.
struct SmoothedHistograms {
    /// Reaching `lookback` beyond the steps.
    let windows: WindowTimes
    let lookback: Int64
    let annotations: SeriesAnnotations

    /// Writes the points; a step whose window holds floats and histograms gets none.
    /// - Returns: the number of points.
    func interpolate(
        _ times: Span<Int64>, _ values: Span<Double>, _ lower: Span<Int32>, _ upper: Span<Int32>,
        _ numbers: HistogramNumbers, into row: inout Row
    ) -> Int {
        row.dropHistograms()
        var steps = row.mutableSpan
        var points = ExtendedWindows.interpolate(times, values, lower, upper, windows, lookback: lookback, into: &steps)
        var histograms = HistogramPoints()
        for step in 0..<row.count {
            let window = Int(lower[step])..<max(Int(lower[step]), Int(upper[step]))
            let found = numbers.histograms(in: window)
            guard !found.isEmpty else { continue }
            if !row[step].isAbsent { points -= 1 }
            row[step] = .absent
            guard found.count == window.count else {
                annotations.add(.mixedFloatsAndHistograms(metric: annotations.metricName))
                continue
            }
            let samples = TimedHistograms(numbers, found, times: times)
            guard let value = value(samples, at: windows.end(step) - lookback) else { continue }
            histograms.append(value, at: step)
            points += 1
        }
        row.put(histograms)
        return points
    }

    private func value(_ samples: borrowing TimedHistograms, at time: Int64) -> Histogram? {
        let after = samples.firstIndex(before: samples.count, from: time)
        if after < samples.count, samples.time(after) == time { return samples[after] }
        guard after > 0 else { return nil }
        guard after < samples.count else {
            var last = samples[after - 1]
            // The hint compares a sample with the one before it, and an interpolated point is not a sample.
            last.counterResetHint = .unknown
            return last
        }
        let isCounter = samples[after - 1].counterResetHint != .gauge || samples[after].counterResetHint != .gauge
        do throws(IncompatibleHistograms) {
            guard samples[after - 1].usesCustomBuckets == samples[after].usesCustomBuckets else {
                throw IncompatibleHistograms()
            }
            return try samples.interpolate(after - 1, at: time, isCounter: isCounter, annotations)
        } catch {
            annotations.add(.mixedExponentialAndCustom(metric: annotations.metricName))
            return nil
        }
    }
}

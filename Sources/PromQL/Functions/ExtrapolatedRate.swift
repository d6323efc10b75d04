internal import KTSDBModel

/// `rate`, `increase` and `delta`: how much a value went up over a window.
///
/// That is `(last - first + what was lost in resets) * (covered + toStart + toEnd) / covered`, and for `rate` divided
/// by the seconds of the window: `covered` is the time from its first to its last sample, and ``Extrapolation`` finds
/// the others. Two samples are the least that a change can be seen in; a window with fewer has no point, not even zero,
/// since nothing is known.
///
/// The samples cover less than the window, so what lies between the first and the last is extrapolated to the window's
/// ends, but only
///
/// - if the end is nearer than 1.1 average distances between samples: then the series is taken to continue up to it;
///   otherwise the series begins or ends within the window, and half an average distance is a fair guess of where;
/// - for a counter at most to the point where it would have been zero, since a counter is never negative.
///
/// The second rule is applied to what the first one gives, as in Prometheus 3.14: the zero point counts if it is nearer
/// than the guess of half a distance. Prometheus 2.42 went the other way round, so that a counter which begins within
/// the window reached back to its zero point, up to 1.1 distances away: there `rate` and `increase` give more for such
/// windows.
///
/// A counter that falls was reset to zero in between: what it had reached before is added. The additions are made in
/// the window's order, so that sums are rounded as in Prometheus; only *where* the falls are is found once per series.
///
/// ``WindowBounds`` finds the samples of a window, and ``Staleness`` removes the markers. Other rules apply to
/// histograms (`Histograms/HistogramRate.swift`), for `anchored` and `smoothed` (`ExtendedWindows.swift`), and where it
/// is known when counting began (`StartTimestamps.swift`).
///
/// Windows are worked on four at a time (``ExtrapolationLanes``). Where a counter falls within the four, or begins so
/// low that its zero point may be near, each of them is looked at alone.
struct ExtrapolatedRate {
    var isCounter: Bool
    var perSecond: Bool

    func apply(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        guard input.values.count > 1 else { return row.clear(0..<row.count) }
        let (place, limits) = scratch.extrapolations.prepare(input, perSecond: perSecond)
        let rows = scratch.extrapolations.rows
        let table = rows.span.extracting(place)
        scratch.integers.removeAll()
        if isCounter { Self.findBreaks(input.values, into: &scratch.integers) }
        try fill(&row, input, table, limits, breaks: scratch.integers, &scratch.meter)
    }

    private func fill(
        _ row: inout MutableSpan<Double>, _ input: borrowing WindowInput, _ table: Span<ExtrapolationLanes>,
        _ limits: ExtrapolationLimits, breaks: borrowing Column<Int32>, _ meter: inout WorkMeter
    ) throws(QueryError) {
        let values = input.values, breaks = breaks.span
        precondition(
            limits.sampleCount == values.count, "A row for \(limits.sampleCount) samples is used for \(values.count).")
        let width = perSecond ? goSeconds(input.windows.width) : nil
        var nextBreak = 0
        for block in table.indices {
            let first = table[block].first[0], last = table[block].last[3]
            // Breaks at or before the first sample of a window are so for all later windows.
            while nextBreak < breaks.count, breaks[nextBreak] <= first { nextBreak += 1 }
            // SAFETY: the first and last samples of windows are below the sample count, as they were when the row was
            // computed for as many. Checks take 0.7 of 3.9 ns a step.
            let rises =
                unsafe values.gather(unchecked: table[block].last)
                - values.gather(unchecked: table[block].first)
            var points = rises * table[block].factor
            if isCounter,
                nextBreak < breaks.count && breaks[nextBreak] <= last
                    || !limits.staysAboveZero(values[Int(first)], rising: values[Int(last)])
            {
                for lane in 0..<4 {
                    points[lane] = increase(
                        table[block], lane, values, breaks.extracting(nextBreak...), perSecond: width, &meter)
                }
                try meter.check()
            }
            if (points * 0).sum() != 0 {
                // Absent points are NaNs, and so is every result of one.
                for lane in 0..<4 {
                    points[lane] = table[block].factor[lane].isAbsent ? .absent : point(points[lane])
                }
            }
            if 4 * block + 4 <= row.count {
                row.setLanes(points, at: 4 * block)
            } else {
                for step in 4 * block..<row.count { row[step] = points[step - 4 * block] }
            }
        }
    }

    /// The increase, or what it is per second, of a counter that may fall in the window.
    private func increase(
        _ lanes: ExtrapolationLanes, _ lane: Int, _ values: Span<Double>, _ breaks: Span<Int32>,
        perSecond width: Double?, _ meter: inout WorkMeter
    ) -> Double {
        let extrapolation = lanes[lane]
        guard !extrapolation.factor.isAbsent else { return .absent }
        let first = Int(lanes.first[lane]), last = Int(lanes.last[lane])
        var rise = values[last] - values[first]
        var index = 0
        while index < breaks.count, Int(breaks[index]) <= last {
            let place = Int(breaks[index])
            if place > first, values[place] < values[place - 1] { rise += values[place - 1] }
            index += 1
        }
        meter.note(index)
        let mayHaveBeenZero = rise > 0 && values[first] >= 0
        return rise
            * (mayHaveBeenZero
                ? extrapolation.factor(rise, from: values[first], seconds: width) : extrapolation.factor)
    }

    /// The indices of samples that are not at least the one before them: those that fall, and NaNs with those after
    /// them.
    private static func findBreaks(_ values: Span<Double>, into breaks: inout Column<Int32>) {
        var index = 1
        while index < values.count {
            // Nearly always all ascend.
            if index + 16 <= values.count, values.ascends(index, by: 16) {
                index += 16
                continue
            }
            let end = min(index + 16, values.count)
            while index < end {
                if !(values[index] >= values[index - 1]) { breaks.append(Int32(index)) }
                index += 1
            }
        }
    }
}

internal import KTSDBModel

/// The functions over windows for a series with histograms, or with start times: all that the kernels for plain floats
/// do not see.
///
/// Floats and histograms of a series share one column of times, so window bounds count rows of both kinds. The kernels
/// for floats get columns without the histograms, and their results are kept where a window holds only floats.
struct MixedWindows {
    let function: WindowFunction
    /// Whether the function has a meaning for histograms; else it leaves them out.
    let takesHistograms: Bool
    let ends: WindowEnds
    let parameters: [ScalarRow]
    let annotations: SeriesAnnotations
    /// Whether start times are considered.
    let usesStarts: Bool

    /// Writes the function's value at each step.
    func apply(
        _ columns: borrowing SampleColumns, _ input: borrowing WindowInput, _ scratch: inout WindowScratch,
        into row: inout Row
    ) throws(QueryError) {
        row.dropHistograms()
        let numbers = HistogramNumbers(columns.histograms, rows: columns.times.count)
        let starts = usesStarts ? columns.startTimes.span : columns.startTimes.span.extracting(0..<0)
        switch function {
        case .count, .present, .timeOfFirst, .timeOfLast:
            var steps = row.mutableSpan
            function.applyPositional(input, into: &steps)
        case .first, .last:
            var steps = row.mutableSpan
            function.applyPositional(input, into: &steps)
            markEnds(input, numbers, &row)
        case .resets, .changes: try countChanges(input, numbers, starts, &scratch.meter, into: &row)
        case .irate, .idelta: try instants(input, numbers, starts, &scratch.meter, into: &row)
        default:
            try applyToFloats(input, numbers, starts, &scratch, into: &row)
            try addHistograms(input, numbers, starts, &scratch.meter, into: &row)
        }
    }

    // MARK: Floats

    /// What the function gives for the floats of each window.
    private func applyToFloats(
        _ input: borrowing WindowInput, _ numbers: HistogramNumbers, _ starts: Span<Int64>,
        _ scratch: inout WindowScratch, into row: inout Row
    ) throws(QueryError) {
        var floats = SampleColumns(), lower = Column<Int32>(), upper = Column<Int32>()
        for index in input.times.indices where numbers.histogram(atRow: index) == nil {
            floats.times.append(input.times[index])
            floats.values.append(input.values[index])
            if !starts.isEmpty { floats.startTimes.append(starts[index]) }
        }
        for step in input.lower.indices {
            let window = numbers.floats(in: input.window(step))
            lower.append(Int32(window.lowerBound))
            upper.append(Int32(window.upperBound))
        }
        let plain = WindowInput(
            times: floats.times.span, values: floats.values.span, lower: lower.span, upper: upper.span,
            windows: input.windows, grid: input.grid)
        var steps = row.mutableSpan
        if ends != .plain {
            try function.applyExtended(plain, isSmoothed: ends == .smoothed, &scratch.meter, into: &steps)
        } else if !starts.isEmpty, let rate = function.extrapolatedRate {
            try applyStarted(rate, plain, floats.startTimes.span, &scratch.meter, into: &steps)
        } else {
            try function.apply(plain, parameters: parameters, &scratch, into: &steps)
        }
    }

    private func applyStarted(
        _ rate: ExtrapolatedRate, _ input: borrowing WindowInput, _ starts: Span<Int64>, _ meter: inout WorkMeter,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        for step in row.indices {
            let window = input.window(step)
            try meter.add(window.count)
            let samples = StartedSamples(times: input.times.extracting(window), starts: starts.extracting(window))
            let value = rate.value(
                samples, input.values.extracting(window), end: input.windows.end(step), width: input.windows.width
            ) {
                annotations.query.annotations.addStartTimeOverlap(
                    metricName: annotations.metricName, at: annotations.place)
            }
            row[step] = value.map(point) ?? .absent
        }
    }

    // MARK: Histograms

    /// Puts what the function gives for histograms to what the floats gave.
    private func addHistograms(
        _ input: borrowing WindowInput, _ numbers: HistogramNumbers, _ starts: Span<Int64>, _ meter: inout WorkMeter,
        into row: inout Row
    ) throws(QueryError) {
        var points = HistogramPoints()
        let rate = ends == .plain ? function.extrapolatedRate : nil
        let facts = rate.map { _ in HistogramFacts(numbers.values) }
        for step in 0..<row.count {
            let window = input.window(step)
            let histograms = numbers.histograms(in: window)
            guard !histograms.isEmpty else { continue }
            // A histogram takes some hundred times as long as a number: a rate looks at few of a window, a sum at all.
            try meter.add(256 * (function.extrapolatedRate == nil ? histograms.count : 8) + histograms.count)
            let isMixed = histograms.count < window.count
            guard takesHistograms else {
                // A single float is not enough for some functions; the annotation is added anyway.
                if isMixed { annotations.add(.ignoredInMixedRange(metric: annotations.metricName)) }
                continue
            }
            row[step] = .absent
            if isMixed {
                annotations.add(.mixedFloatsAndHistograms(metric: annotations.metricName))
            } else if let value = value(input, step, histograms, numbers, facts, starts) {
                points.append(value, at: step)
            }
        }
        row.put(points)
    }

    private func value(
        _ input: borrowing WindowInput, _ step: Int, _ range: Range<Int>, _ numbers: HistogramNumbers,
        _ facts: HistogramFacts?, _ starts: Span<Int64>
    ) -> Histogram? {
        guard let rate = function.extrapolatedRate else { return function.total(numbers.values[range], annotations) }
        let end = input.windows.end(step), width = input.windows.width
        guard let facts else {
            let extended = ExtendedHistogramRate(
                isCounter: rate.isCounter, perSeconds: rate.perSecond ? goSeconds(width) : nil,
                isSmoothed: ends == .smoothed, annotations: annotations)
            return extended.value(
                TimedHistograms(numbers, range, times: input.times), from: end - width, to: end)
        }
        let window = input.window(step)
        let samples = StartedSamples(
            times: input.times.extracting(window), starts: starts.isEmpty ? starts : starts.extracting(window))
        return rate.histogram(
            HistogramWindow(numbers.values, range, facts, samples: samples), end: end, width: width, annotations)
    }

    /// Puts histograms where the first or last sample of a window is one.
    private func markEnds(_ input: borrowing WindowInput, _ numbers: HistogramNumbers, _ row: inout Row) {
        var points = HistogramPoints()
        for step in 0..<row.count {
            let window = input.window(step)
            guard !window.isEmpty else { continue }
            let index = function == .first ? window.lowerBound : window.upperBound - 1
            if let histogram = numbers.histogram(atRow: index) { points.append(histogram, at: step) }
        }
        row.put(points)
    }

    /// `irate`, `idelta`.
    private func instants(
        _ input: borrowing WindowInput, _ numbers: HistogramNumbers, _ starts: Span<Int64>, _ meter: inout WorkMeter,
        into row: inout Row
    ) throws(QueryError) {
        var points = HistogramPoints()
        for step in 0..<row.count {
            try meter.add(512)
            row[step] = .absent
            let window = input.window(step)
            guard window.count >= 2 else { continue }
            let last = window.upperBound - 1
            let samples = StartedSamples(
                times: input.times.extracting(window), starts: starts.isEmpty ? starts : starts.extracting(window))
            let isReset = samples.showsReset(before: window.count - 1)
            let milliseconds = input.times[last] - input.times[last - 1]
            switch (numbers.histogram(atRow: last - 1), numbers.histogram(atRow: last)) {
            case (nil, nil):
                let value = input.values[last], previous = input.values[last - 1]
                let fell = function == .irate && (value < previous || isReset)
                let difference = fell ? value : value - previous
                row[step] = point(function == .irate ? difference / (Double(milliseconds) / 1000) : difference)
            case (let first?, let second?):
                let value = function.instant(first, second, isReset: isReset, milliseconds: milliseconds, annotations)
                if let value { points.append(value, at: step) }
            default: annotations.add(.mixedFloatsAndHistograms(metric: annotations.metricName))
            }
        }
        row.put(points)
    }

    /// `resets`, `changes`: a float after a histogram, or the other way round, is both.
    private func countChanges(
        _ input: borrowing WindowInput, _ numbers: HistogramNumbers, _ starts: Span<Int64>, _ meter: inout WorkMeter,
        into row: inout Row
    ) throws(QueryError) {
        var differs: [Bool] = []
        let samples = StartedSamples(times: input.times, starts: starts)
        for index in input.times.indices {
            try meter.add(64)
            differs.append(index > 0 && self.differs(input, index, numbers, samples))
        }
        for step in 0..<row.count {
            row[step] = .absent
            var window = input.window(step)
            if ends == .anchored {
                let start = input.windows.end(step) - input.windows.width
                let after = ExtendedWindows.firstIndex(in: input.times, window, from: start + 1)
                guard after < window.upperBound else { continue }
                window = max(window.lowerBound, after - 1)..<window.upperBound
            }
            guard !window.isEmpty else { continue }
            try meter.add(window.count)
            row[step] = Double(differs[window].dropFirst().count { $0 })
        }
    }

    /// Whether the sample at `index` is a reset, or a change, from the one before.
    private func differs(
        _ input: borrowing WindowInput, _ index: Int, _ numbers: HistogramNumbers, _ samples: borrowing StartedSamples
    ) -> Bool {
        let value = input.values[index], previous = input.values[index - 1]
        switch (numbers.histogram(atRow: index - 1), numbers.histogram(atRow: index)) {
        case (nil, nil):
            return function.counts(value, after: previous) || function == .resets && samples.showsReset(before: index)
        case (let first?, let second?):
            if function == .resets { return samples.showsReset(before: index) || second.isReset(from: first) }
            return second != first
        default: return true
        }
    }
}

extension WindowFunction {
    /// `rate`, `increase`, `delta` as what they are.
    var extrapolatedRate: ExtrapolatedRate? {
        switch self {
        case .rate, .increase, .delta: ExtrapolatedRate(isCounter: self != .delta, perSecond: self == .rate)
        default: nil
        }
    }
}

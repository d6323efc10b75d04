internal import KTSDBModel

/// The samples of a range aggregation: read once, then looked at window by window.
///
/// The window of a step is `(t - range, t]`, shifted by the offset. Samples that no window holds are not kept.
final class LineWindows {
    private struct Series {
        var labels: Labels
        /// All labels of the lines, if they have an error that makes the query fail.
        var failure: Labels?
        /// Nanoseconds, ascending.
        var times: [Int64] = []
        var values: [Double] = []
        /// The samples of the window that was looked at last.
        var window = 0..<0
    }

    private let aggregation: RangeAggregation
    private let steps: MetricSteps
    private let hint: LabelHint
    private var series: [Series] = []
    private var numbers: [LineIdentity: Int] = [:]
    /// The numbers of the series that do not make the query fail, by their labels.
    private var grouped: [Labels: Int] = [:]

    /// Reads the samples. `outer` is the aggregation around this one.
    init(
        _ aggregation: RangeAggregation, outer: VectorAggregation?, _ steps: MetricSteps, _ run: LogQueryRun
    ) throws(LogQLError) {
        self.aggregation = aggregation
        self.steps = steps
        hint = LabelHint(aggregation, outer: outer)
        let first = steps.first.saturatingMinus(aggregation.offset).saturatingMinus(aggregation.range)
        let last = steps.last.saturatingMinus(aggregation.offset)
        let range = aggregation.range > 0 ? first.saturatingPlus(1)..<last.saturatingPlus(1) : 0..<0
        try run.read(
            aggregation.lines, unwrap: aggregation.unwrap, needs: hint.needs, in: range, .forward
        ) { entry, line throws(LogQLError) in
            add(entry, line)
            return true
        }
    }

    private func add(_ entry: LogLine, _ line: ProcessedLine) {
        guard isInWindow(entry.time) else { return }
        let place = number(of: line)
        series[place].times.append(entry.time)
        series[place].values.append(value(of: line))
    }

    private func isInWindow(_ time: Int64) -> Bool {
        let shifted = time.saturatingPlus(aggregation.offset)
        guard shifted > steps.first else { return true }
        // The first step at or after the line is the one whose window may hold it.
        let distance = shifted.saturatingMinus(steps.first)
        let index = distance / steps.step + (distance % steps.step > 0 ? 1 : 0)
        return index < Int64(steps.count) && steps[Int(index)].saturatingMinus(shifted) < aggregation.range
    }

    private func value(of line: ProcessedLine) -> Double {
        switch aggregation.operation {
        case .bytesOverTime, .bytesRate: Double(line.line.count)
        default: line.value
        }
    }

    private func number(of line: ProcessedLine) -> Int {
        let key = LineIdentity(line)
        if let number = numbers[key] { return number }
        let number = newNumber(of: line)
        numbers[key] = number
        return number
    }

    private func newNumber(of line: ProcessedLine) -> Int {
        var labels = line.labels
        if line.hasError {
            guard hint.preservesErrors else {
                series.append(Series(labels: labels, failure: labels))
                return series.count - 1
            }
            labels = labels.setting("__preserve_error__", to: "true")
        }
        if let unwrap = aggregation.unwrap { labels = labels.removing([unwrap.label]) }
        if let grouping = hint.grouping { labels = labels.grouped(by: grouping) }
        if let number = grouped[labels] { return number }
        grouped[labels] = series.count
        series.append(Series(labels: labels))
        return series.count - 1
    }

    /// Calls `body` with each series that has samples in the window of a step, its samples, and which of them it has.
    ///
    /// Steps must be asked for in ascending order.
    /// - Throws: a ``LogQLError`` if lines with an error are in the window.
    func advance(to step: Int, _ body: (Int, [Int64], [Double], Range<Int>) -> Void) throws(LogQLError) {
        let end = steps[step].saturatingMinus(aggregation.offset)
        let start = end.saturatingMinus(aggregation.range)
        for number in series.indices {
            var lower = series[number].window.lowerBound, upper = series[number].window.upperBound
            let times = series[number].times
            while upper < times.count, times[upper] <= end { upper += 1 }
            while lower < upper, times[lower] <= start { lower += 1 }
            series[number].window = lower..<upper
            guard lower < upper else { continue }
            if let failure = series[number].failure { throw .pipeline(failure) }
            body(number, times, series[number].values, lower..<upper)
        }
    }

    func labels(of series: Int) -> Labels { self.series[series].labels }
}

extension ProcessedLine {
    /// Whether a stage failed on the line.
    var hasError: Bool { parsed.valueRange(of: "__error__") != nil }
}

extension LogQLError {
    /// The error of a metric query over lines with these labels, on which a stage failed.
    static func pipeline(_ labels: Labels) -> LogQLError {
        let kind = labels["__error__"] ?? ""
        return LogQLError(
            .invalidQuery,
            """
            pipeline error: '\(kind)' for series: '\(labels)'.
            Use a label filter to intentionally skip this error. (e.g | __error__!="\(kind)").
            To skip all potential errors you can match empty errors.(e.g __error__="")
            The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )
            """)
    }
}

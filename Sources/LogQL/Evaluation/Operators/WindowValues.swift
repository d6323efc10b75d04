internal import KTSDBModel

/// A range aggregation but `absent_over_time`: one value for each series with a sample in the window.
final class WindowValues: StepOperator {
    private let windows: LineWindows
    private var calculation: WindowCalculation

    init(_ aggregation: RangeAggregation, _ windows: LineWindows) {
        self.windows = windows
        calculation = WindowCalculation(aggregation)
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        var points: [StepPoint] = []
        try windows.advance(to: step) { series, times, values, window in
            let value = calculation.value(times, values, window)
            points.append(StepPoint(series: series, value: value))
        }
        return points
    }

    func labels(of series: Int) -> Labels { windows.labels(of: series) }
}

internal import KTSDBModel

/// `absent_over_time`: one series while there is nothing in the window, with the labels that the selector asks for.
final class AbsentSeries: StepOperator {
    private let windows: LineWindows
    private let labels: Labels

    /// A label is known if one matcher, and no other, asks for its value.
    init(_ matchers: [TextMatcher], _ windows: LineWindows) {
        self.windows = windows
        var builder = LabelsBuilder()
        for matcher in matchers where matcher.operation == .equal {
            if matchers.filter({ $0.name == matcher.name }).count == 1 { builder.set(matcher.name, matcher.value) }
        }
        labels = (try? builder.build()) ?? Labels()
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        var isAbsent = true
        try windows.advance(to: step) { _, _, _, _ in isAbsent = false }
        return isAbsent ? [StepPoint(series: 0, value: 1)] : []
    }

    func labels(of series: Int) -> Labels { labels }
}

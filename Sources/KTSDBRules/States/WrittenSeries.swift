internal import KTSDBModel

/// The series that an evaluation of a rule stored. A series that the next evaluation does not store has ended and gets
/// a staleness marker.
struct WrittenSeries: Hashable, Sendable {
    /// The state of each alert in its `ALERTS` series, by the labels of the alert. Each alert has two series.
    var alerts: [Labels: AlertState] = [:]
    /// Other series, by their labels.
    var series: Set<Labels> = []

    var isEmpty: Bool { alerts.isEmpty && series.isEmpty }

    /// The labels of all these series.
    var all: [Labels] {
        alerts.flatMap { [AlertSeries.state(of: $0.key, $0.value), AlertSeries.activity(of: $0.key)] } + series
    }

    /// Returns the series that are here and not in `next`.
    func ended(in next: WrittenSeries) -> [Labels] {
        var ended = series.filter { !next.series.contains($0) }
        for (labels, state) in alerts {
            let following = next.alerts[labels]
            if following != state { ended.insert(AlertSeries.state(of: labels, state)) }
            if following == nil { ended.insert(AlertSeries.activity(of: labels)) }
        }
        // A rule that changed from alerting to recording may now store a series that was an alert's.
        return next.series.isEmpty || alerts.isEmpty ? Array(ended) : ended.filter { !next.series.contains($0) }
    }
}

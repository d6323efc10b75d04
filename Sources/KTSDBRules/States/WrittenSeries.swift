internal import KTSDBModel

/// The series that an evaluation of a rule stored: what the next one does not store has ended and gets a staleness
/// marker.
struct WrittenSeries: Hashable, Sendable {
    /// The labels of alerts and the state that their `ALERTS` had. Each has two series.
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
        // A rule that changed its kind may store as a plain series what was an alert's.
        return next.series.isEmpty || alerts.isEmpty ? Array(ended) : ended.filter { !next.series.contains($0) }
    }
}

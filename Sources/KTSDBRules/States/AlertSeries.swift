internal import KTSDBModel

/// The series in which queries see alerts.
enum AlertSeries {
    /// The name of the series that are 1 while an alert is pending or firing.
    static let stateName = "ALERTS"
    /// The name of the series whose value is when an alert became active, in seconds since 1970.
    static let activityName = "ALERTS_FOR_STATE"
    static let stateLabel = "alertstate"
    static let nameLabel = "alertname"

    /// Returns the labels of an alert's `ALERTS` series.
    static func state(of alert: Labels, _ state: AlertState) -> Labels {
        alert.setting("__name__", to: stateName).setting(stateLabel, to: state.description)
    }

    /// Returns the labels of an alert's `ALERTS_FOR_STATE` series.
    static func activity(of alert: Labels) -> Labels { alert.setting("__name__", to: activityName) }

    /// Returns the samples of both series of a pending or firing alert.
    static func samples(of alert: Alert) -> [RuleSample] {
        [
            RuleSample(labels: state(of: alert.labels, alert.state), value: 1),
            RuleSample(labels: activity(of: alert.labels), value: Double(alert.activeAt.wholeSeconds)),
        ]
    }
}

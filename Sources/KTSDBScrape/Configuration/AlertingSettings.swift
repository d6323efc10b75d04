/// The section `alerting`: to which Alertmanagers the alerts of rules are sent, and how they are changed before that.
public struct AlertingSettings: Hashable, Sendable {
    /// `alert_relabel_configs`: changes the labels of all alerts; an alert that a rule drops is not sent.
    package var alertRules: [RelabelRule] = []
    /// `alertmanagers`, in the order of the file.
    package var alertmanagers: [AlertmanagerSettings] = []
}

/// An entry of `alertmanagers`: how some Alertmanagers are found, and how they are reached.
package struct AlertmanagerSettings: Hashable, Sendable {
    /// `http` or `https`, for those that do not get another one by relabelling.
    package var scheme = "http"
    /// The beginning of the path; `/api/v2/alerts` follows.
    package var pathPrefix = ""
    /// How long one request may take, its answer included.
    package var timeout: Duration = .seconds(10)
    /// Credentials, headers, redirects, TLS.
    package var client = HTTPClientSettings()
    /// Where their addresses come from.
    package var sources: [TargetSourceEntry] = []
    /// `relabel_configs`: changes the labels of a discovered Alertmanager, or drops it.
    package var targetRules: [RelabelRule] = []
    /// `alert_relabel_configs`: changes the labels of the alerts that these Alertmanagers get.
    package var alertRules: [RelabelRule] = []

    package init() {}
}

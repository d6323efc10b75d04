internal import KTSDBModel
package import KTSDBNotify
internal import Logging

extension NotifierService {
    /// Takes some of the alerts that wait.
    func takeAlerts() async {
        let now = lookAtClock(), offered = inbox.take()
        var alerts: [ReceivedAlert] = []
        for alert in offered {
            do throws(AlertError) {
                let (posted, isNew) = fitting(alert)
                if isNew, notifier.alerts.count + alerts.count >= options.alertLimits.alertCountLimit {
                    throw AlertError("more than \(options.alertLimits.alertCountLimit) alerts")
                }
                alerts.append(
                    try posted.alert(
                        at: now, resolveTimeout: configuration.resolveTimeout, syntax: options.syntax,
                        limits: options.alertLimits))
            } catch { refuse(alert, error) }
        }
        let accepted = alerts
        let effects = meters.measuring(&notifier) { $0.post(accepted, at: now) }
        handle(effects, at: now)
        await store()
    }

    /// The alert with labels and annotations that are short enough, and whether it is new: a rule's alert must not be
    /// lost because of them.
    private func fitting(_ alert: OutgoingAlert) -> (alert: PostedAlert, isNew: Bool) {
        let limits = options.alertLimits
        var posted = alert.posted
        let cutsLabels = posted.cutLabels(to: limits.labelByteLimit)
        let cutsAnnotations = posted.cutAnnotations(to: limits.annotationByteLimit)
        let labels = cutsLabels ? Labels(posted.labels.map { ($0.name, $0.value) }) : alert.labels
        let isNew = notifier.alerts[labels] == nil
        if isNew, cutsLabels { warn(of: "labels", alert, limits.labelByteLimit) }
        if isNew, cutsAnnotations { warn(of: "annotations", alert, limits.annotationByteLimit) }
        return (posted, isNew)
    }

    private func warn(of what: String, _ alert: OutgoingAlert, _ limit: Int) {
        logger.warning(
            "the \(what) of an alert are too long and were cut",
            metadata: ["alert": "\(alert.shownName)", "limit": "\(limit) bytes"])
    }

    private func refuse(_ alert: OutgoingAlert, _ error: AlertError) {
        if meters.countInvalid() {
            logger.warning(
                "an alert of a rule was refused; others like it are only counted",
                metadata: ["alert": "\(alert.shownName)", "error": "\(error)"])
        }
    }

    /// The reports about deliveries, the newest first.
    package func deliveries(_ filter: DeliveryHistory.Filter = .init()) -> [DeliveryReport] { history.matching(filter) }

    /// Counts alerts that a client sent and that were refused.
    package func count(invalidAlerts count: Int) {
        for _ in 0..<count { _ = meters.countInvalid() }
    }
}

extension OutgoingAlert {
    /// The alert's name for the log, where it may not be of any length.
    fileprivate var shownName: String { Truncation.bytes(labels["alertname"] ?? "", 256).text }
}

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
                let isNew = notifier.alerts[alert.labels] == nil
                if isNew, notifier.alerts.count + alerts.count >= options.alertLimits.alertCountLimit {
                    throw AlertError("more than \(options.alertLimits.alertCountLimit) alerts")
                }
                let posted = fitting(alert, isNew: isNew)
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

    /// The alert with annotations that are short enough: a rule's alert must not be lost because of them.
    private func fitting(_ alert: OutgoingAlert, isNew: Bool) -> PostedAlert {
        var posted = alert.posted
        if posted.cutAnnotations(to: options.alertLimits.annotationByteLimit), isNew {
            logger.warning(
                "the annotations of an alert are too long and were cut",
                metadata: [
                    "alert": "\(alert.labels["alertname"] ?? "")",
                    "limit": "\(options.alertLimits.annotationByteLimit) bytes",
                ])
        }
        return posted
    }

    private func refuse(_ alert: OutgoingAlert, _ error: AlertError) {
        if meters.countInvalid() {
            logger.warning(
                "an alert of a rule was refused; others like it are only counted",
                metadata: ["alert": "\(alert.labels["alertname"] ?? "")", "error": "\(error)"])
        }
    }

    /// The reports about deliveries, the newest first.
    package func deliveries(_ filter: DeliveryHistory.Filter = .init()) -> [DeliveryReport] { history.matching(filter) }

    /// Counts alerts that a client sent and that were refused.
    package func count(invalidAlerts count: Int) {
        for _ in 0..<count { _ = meters.countInvalid() }
    }
}

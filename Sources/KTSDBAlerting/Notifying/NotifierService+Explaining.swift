package import KTSDBModel
package import KTSDBNotify

extension NotifierService {
    /// Explains what becomes of the alerts with these labels, as if nothing changed from now on. Nothing is changed.
    package func explain(_ labels: [Labels]) async -> [NotificationExplanation] {
        let now = lookAtClock()
        return labels.map { notifier.explain($0, at: now) }
    }

    /// The integrations whose last notification did not arrive.
    package var failingIntegrations: [IntegrationID] { health.failingIntegrations }
}

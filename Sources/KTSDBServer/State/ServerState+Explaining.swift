internal import KTSDBAlerting
internal import KTSDBModel
internal import KTSDBNotify

extension ServerState {
    /// Explains what becomes of alerts with some labels; nil if no notifier runs in this process.
    var notificationExplainer: (@Sendable ([Labels]) async -> [NotificationExplanation])? {
        guard let notifier = try? ready.notifier else { return nil }
        return { labels in await notifier.explain(labels) }
    }
}

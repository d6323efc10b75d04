internal import KTSDBModel
internal import KTSDBNotify

extension ServerState {
    /// Explains what becomes of alerts with some labels; nil if no notifier runs in this process.
    var notificationExplainer: (@Sendable ([Labels]) async -> [NotificationExplanation])? { nil }
}

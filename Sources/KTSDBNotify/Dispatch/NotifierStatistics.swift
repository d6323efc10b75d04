/// What a notifier has done since it was created.
package struct NotifierStatistics: Hashable, Sendable {
    /// Why alerts were left out of a notification.
    package enum Suppression: String, Hashable, Sendable, CaseIterable {
        case silence, inhibition
        case muteTimeInterval = "mute_time_interval"
        case activeTimeInterval = "active_time_interval"
    }

    /// The number of alerts that were received firing, and of those that were received resolved.
    package var receivedFiring = 0
    package var receivedResolved = 0
    /// How often alerts were left out of a notification, by reason.
    package var suppressed: [Suppression: Int] = [:]
    /// The number of look-ups in the notification log, and of those that found no entry.
    package var logQueries = 0
    package var logMisses = 0
    /// The number of look-ups of silences.
    package var silenceQueries = 0
    /// How often an alert was not put into a group because there were too many groups.
    package var groupLimitHits = 0
    /// The number of alerts that were refused because of ``NotifierSettings/alertsPerNameLimit``.
    package var limitedAlerts = 0
    /// How often expired silences and log entries were collected.
    package var maintenances = 0

    package init() {}

    /// The number of all alerts that were received.
    package var received: Int { receivedFiring + receivedResolved }

    mutating func count(suppressed count: Int, by reason: Suppression) {
        if count > 0 { suppressed[reason, default: 0] += count }
    }
}

/// What a notifier has done since it was created.
package struct NotifierStatistics: Hashable, Sendable {
    /// Why alerts were left out of a notification.
    package enum Suppression: String, Hashable, Sendable, CaseIterable {
        case silence, inhibition
        case muteTimeInterval = "mute_time_interval"
        case activeTimeInterval = "active_time_interval"
    }

    /// Alerts that were received firing, and those that were over.
    package var receivedFiring = 0
    package var receivedResolved = 0
    /// Alerts that were left out, each time.
    package var suppressed: [Suppression: Int] = [:]
    /// How often the notification log was asked, and how often it had no entry.
    package var logQueries = 0
    package var logMisses = 0
    /// How often silences were looked for.
    package var silenceQueries = 0
    /// How often an alert found no group because there were too many.
    package var groupLimitHits = 0
    /// How many alerts were not taken because of ``NotifierSettings/alertsPerNameLimit``.
    package var limitedAlerts = 0
    /// How often silences and entries of the log whose time is over were forgotten.
    package var maintenances = 0

    package init() {}

    /// All alerts that were received.
    package var received: Int { receivedFiring + receivedResolved }

    mutating func count(suppressed count: Int, by reason: Suppression) {
        if count > 0 { suppressed[reason, default: 0] += count }
    }
}

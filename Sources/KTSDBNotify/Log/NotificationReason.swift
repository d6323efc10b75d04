/// Why a notification is sent.
package enum NotificationReason: String, Hashable, Sendable, CaseIterable {
    case firstNotification = "first notification"
    case newAlerts = "new alerts added"
    case someResolved = "some alerts resolved"
    case allResolved = "all alerts resolved"
    case repeatIntervalElapsed = "repeat interval elapsed"
    case unknown = "unknown"
}

extension NotificationReason {
    /// Decides whether an integration is to be notified about a group at the flush that was due at `tick`; nil if not.
    /// The entry of the log says what was sent last.
    package static func of(
        firing: [UInt64], resolved: [UInt64], since entry: LogEntry?, repeatInterval: Duration, sendsResolved: Bool,
        at tick: WallTime
    ) -> NotificationReason? {
        guard let entry else { return firing.isEmpty ? nil : .firstNotification }
        if !entry.coversFiring(firing) { return entry.firing.isEmpty ? .firstNotification : .newAlerts }
        // Also for those who do not want resolved alerts: so the log forgets that they fired.
        if firing.isEmpty { return entry.firing.isEmpty ? nil : .allResolved }
        if sendsResolved, !entry.coversResolved(resolved) { return .someResolved }
        return entry.time < tick - repeatInterval ? .repeatIntervalElapsed : nil
    }
}

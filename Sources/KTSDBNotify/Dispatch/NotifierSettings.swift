internal import KTSDBModel

/// The settings of a notifier that come from flags rather than from its configuration.
package struct NotifierSettings: Hashable, Sendable {
    /// How long silences are kept after their end, and the longest time that log entries are kept.
    package var retention = Duration.seconds(120 * 3600)
    /// How often expired silences and log entries are forgotten.
    package var maintenanceInterval = Duration.seconds(15 * 60)
    /// How often resolved alerts are forgotten.
    package var alertCollectionInterval = Duration.seconds(30 * 60)
    package var silenceLimits = Silences.Limits()
    /// The most alerts with the same name; nil for any number.
    package var alertsPerNameLimit: Int?
    /// The most groups; an alert that would need another group is not notified about there.
    package var groupLimit = Dispatcher.defaultGroupLimit

    package init() {}
}

extension Notifier {
    /// Applies settings from `now` on.
    package mutating func apply(_ settings: NotifierSettings, at now: WallTime) {
        self.settings = settings
        silences.retention = settings.retention
        silences.limits = settings.silenceLimits
        log.retention = settings.retention
        dispatcher.groupLimit = settings.groupLimit
        dispatcher.timers.set(.maintenance, at: now + settings.maintenanceInterval)
        dispatcher.timers.set(.alertCollection, at: now + settings.alertCollectionInterval)
    }

    /// Forgets expired silences and log entries.
    mutating func maintain(at now: WallTime) {
        statistics.maintenances += 1
        dispatcher.timers.set(.maintenance, at: now + settings.maintenanceInterval)
        changes.silences.formUnion(silences.collectGarbage(at: now))
        changes.log.formUnion(log.collectGarbage(at: now))
    }

    /// Forgets resolved alerts.
    mutating func collectAlerts(at now: WallTime) {
        dispatcher.timers.set(.alertCollection, at: now + settings.alertCollectionInterval)
        for labels in alerts.collectGarbage(at: now) {
            inhibitor.remove(labels)
            changes.alerts.insert(labels)
        }
    }

    /// Returns whether an alert may be stored: it is known, or its name has room for another alert.
    func hasRoom(for labels: Labels) -> Bool {
        guard let limit = settings.alertsPerNameLimit, alerts[labels] == nil else { return true }
        return alerts.count(named: labels[AlertStore.nameLabel] ?? "") < limit
    }
}

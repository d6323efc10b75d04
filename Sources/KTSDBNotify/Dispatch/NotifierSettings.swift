internal import KTSDBModel

/// What of a notifier's behaviour flags decide, and not its configuration.
package struct NotifierSettings: Hashable, Sendable {
    /// How long silences are kept after their end, and entries of the notification log at most.
    package var retention = Duration.seconds(120 * 3600)
    /// How often silences and entries of the log are forgotten whose time is over.
    package var maintenanceInterval = Duration.seconds(15 * 60)
    /// How often alerts are forgotten that are over.
    package var alertCollectionInterval = Duration.seconds(30 * 60)
    package var silenceLimits = Silences.Limits()
    /// How many alerts with the same name there may be; nil for any number.
    package var alertsPerNameLimit: Int?
    /// How many groups there may be; an alert that would need another one is in none.
    package var groupLimit = Dispatcher.defaultGroupLimit

    package init() {}
}

extension Notifier {
    /// Behaves according to settings from `now` on.
    package mutating func apply(_ settings: NotifierSettings, at now: WallTime) {
        self.settings = settings
        silences.retention = settings.retention
        silences.limits = settings.silenceLimits
        log.retention = settings.retention
        dispatcher.groupLimit = settings.groupLimit
        dispatcher.timers.set(.maintenance, at: now + settings.maintenanceInterval)
        dispatcher.timers.set(.alertCollection, at: now + settings.alertCollectionInterval)
    }

    /// Forgets silences and entries of the log.
    mutating func maintain(at now: WallTime) {
        statistics.maintenances += 1
        dispatcher.timers.set(.maintenance, at: now + settings.maintenanceInterval)
        changes.silences.formUnion(silences.collectGarbage(at: now))
        changes.log.formUnion(log.collectGarbage(at: now))
    }

    /// Forgets alerts that are over.
    mutating func collectAlerts(at now: WallTime) {
        dispatcher.timers.set(.alertCollection, at: now + settings.alertCollectionInterval)
        for labels in alerts.collectGarbage(at: now) {
            inhibitor.remove(labels)
            changes.alerts.insert(labels)
        }
    }

    /// Whether an alert may be stored: it is known, or there is room for another one of its name.
    func hasRoom(for labels: Labels) -> Bool {
        guard let limit = settings.alertsPerNameLimit, alerts[labels] == nil else { return true }
        return alerts.count(named: labels[AlertStore.nameLabel] ?? "") < limit
    }
}

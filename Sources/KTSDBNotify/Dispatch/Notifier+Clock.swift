internal import KTSDBModel

extension Notifier {
    /// Adapts to a wall clock that was set: all stored times move along, so that no notification is repeated, late or
    /// lost.
    ///
    /// Silences and time intervals do not move, because people set them by the clock.
    package mutating func moveTimes(by jump: Duration) {
        alerts.change { $0.move(by: jump) }
        changes.alerts.formUnion(alerts.sorted.map(\.alert.labels))
        log.move(by: jump)
        changes.log.formUnion(log.entries.keys)
        dispatcher.move(by: jump, alerts)
        drains.move(by: jump)
        lastTime = lastTime + jump
        inhibitor = Inhibitor(plan.inhibitionRules)
        for stored in alerts.sorted { inhibitor.update(stored.alert, at: lastTime) }
    }
}

extension Dispatcher {
    fileprivate mutating func move(by jump: Duration, _ alerts: AlertStore) {
        startsAt = startsAt + jump
        timers.move(by: jump)
        for id in groups.keys { groups[id]!.move(by: jump, alerts) }
    }
}

extension AlertGroup {
    fileprivate mutating func move(by jump: Duration, _ known: AlertStore) {
        let before = alerts
        for (labels, stored) in before { alerts[labels] = known[labels] ?? stored }
        overdue = overdue.map { $0 + jump }
        guard var flush else { return }
        flush.deadline = flush.deadline + jump
        for (place, entry) in flush.resolved.enumerated() where before[entry.labels]?.version == entry.version {
            flush.resolved[place].version = alerts[entry.labels]?.version ?? entry.version
        }
        for id in flush.attempts.keys {
            flush.attempts[id]!.startedAt = flush.attempts[id]!.startedAt + jump
            flush.attempts[id]!.notification.tick = flush.attempts[id]!.notification.tick + jump
        }
        self.flush = flush
    }
}

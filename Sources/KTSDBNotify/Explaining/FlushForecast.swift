internal import KTSDBModel

/// Finds the flush of a group that notifies an integration of an alert, as if nothing changed from now on.
struct FlushForecast {
    let labels: Labels
    let route: Route
    let groupKey: String
    let group: AlertGroup?
    let firstFlush: WallTime
    let isInhibited: Bool
    let mutes: MuteSearch
    /// When what is over in the notification log is forgotten next, and how often that is.
    let maintenance: WallTime, maintenanceInterval: Duration

    /// Explains when an integration is notified.
    func explain(_ integration: Integration, _ notifier: inout Notifier, at now: WallTime) -> IntegrationExplanation {
        let entry = notifier.log[NotificationLog.Key(groupKey: groupKey, integration: integration.id)]
        var result = IntegrationExplanation(id: integration.id, lastNotified: entry?.time, because: "")
        let own = group?.alerts[labels]?.alert ?? ReceivedAlert(labels: labels, startsAt: now, updatedAt: now)
        result.wasIncluded = entry?.coversFiring([own.logHash]) ?? false
        if own.isResolved(at: now), let reason = Self.obstacle(integration, entry, own) {
            result.because = reason
        } else if isInhibited {
            result.because = "it is inhibited, as long as the alert that inhibits it fires"
        } else {
            var search = FlushSearch(self, integration, entry, own, at: now)
            search.run(&notifier)
            result.next = search.reason.map { _ in search.tick }
            result.reason = search.reason
            result.because = search.because
        }
        return result
    }

    /// Why an alert that is over is not notified of.
    private static func obstacle(_ integration: Integration, _ entry: LogEntry?, _ alert: ReceivedAlert) -> String? {
        guard let entry, !entry.firing.isEmpty else { return "it is over, and was never notified of while it fired" }
        if !integration.sendsResolved { return "it is over, and send_resolved is off" }
        return entry.coversResolved([alert.logHash]) ? "it is over, and that was notified of" : nil
    }

    /// Whether an entry of the log is forgotten by a flush: it is then as if there had never been a notification.
    func isForgotten(_ entry: LogEntry, by tick: WallTime) -> Bool {
        var next = maintenance
        if next < entry.expiresAt {
            let interval = max(maintenanceInterval, .seconds(1))
            next = next + interval * Int(((entry.expiresAt - next) / interval).rounded(.up))
        }
        return next <= tick
    }

    /// The first flush at `time` or after it.
    func firstTick(from time: WallTime) -> WallTime {
        guard time > firstFlush else { return firstFlush }
        let interval = max(route.groupInterval, .milliseconds(1))
        let count = ((time - firstFlush) / interval).rounded(.down)
        var tick = firstFlush + interval * Int(max(0, count - 1))
        while tick < time { tick = tick + interval }
        return tick
    }
}

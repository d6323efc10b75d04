internal import KTSDBModel

/// Goes through the flushes of a group that are to come, as if nothing changed, until one notifies of an alert.
struct FlushForecast {
    /// How many flushes are looked at.
    static let flushLimit = 20_000
    /// How many alerts of these flushes are looked at; then flushes are left out that are not likely to change much.
    static let alertLimit = 500_000

    let labels: Labels
    let route: Route
    let groupKey: String
    let group: AlertGroup?
    let firstFlush: WallTime
    let isInhibited: Bool
    let mutes: MuteSearch

    /// Explains when an integration is notified.
    mutating func explain(
        _ integration: Integration, _ notifier: inout Notifier, at now: WallTime
    ) -> IntegrationExplanation {
        let entry = notifier.log[NotificationLog.Key(groupKey: groupKey, integration: integration.id)]
        var result = IntegrationExplanation(id: integration.id, lastNotified: entry?.time, because: "")
        let own = group?.alerts[labels]?.alert ?? ReceivedAlert(labels: labels, startsAt: now, updatedAt: now)
        result.wasIncluded = entry?.coversFiring([own.logHash]) ?? false
        let isResolved = own.isResolved(at: now)
        if isResolved, let reason = Self.obstacle(integration, entry, own) {
            result.because = reason
            return result
        }
        guard !isInhibited else {
            result.because = "it is inhibited, as long as the alert that inhibits it fires"
            return result
        }
        search(integration, entry, own, &notifier, &result, at: now)
        return result
    }

    /// Why an alert that is over is not notified of.
    private static func obstacle(_ integration: Integration, _ entry: LogEntry?, _ alert: ReceivedAlert) -> String? {
        guard let entry, !entry.firing.isEmpty else { return "it is over, and was never notified of while it fired" }
        if !integration.sendsResolved { return "it is over, and send_resolved is off" }
        return entry.coversResolved([alert.logHash]) ? "it is over, and that was notified of" : nil
    }

    private func search(
        _ integration: Integration, _ entry: LogEntry?, _ own: ReceivedAlert, _ notifier: inout Notifier,
        _ result: inout IntegrationExplanation, at now: WallTime
    ) {
        var tick = firstFlush, entry = entry, delays: [String] = [], budget = Self.alertLimit
        func note(_ delay: String) { if !delays.contains(delay) { delays.append(delay) } }
        for _ in 0..<Self.flushLimit where tick <= now + MuteSearch.horizon {
            let muting = mutes.muting(at: tick)
            let silence = muting.names.isEmpty ? notifier.silences.active(for: labels, at: tick).first : nil
            // What is over is forgotten after the next flush, whatever becomes of it.
            if own.isResolved(at: now), tick > firstFlush { break }
            if let name = muting.names.first {
                note(muting.isOutsideActive ? "outside of \(name)" : "muted by \(name)")
                guard let end = mutes.end(after: tick) else { break }
                tick = firstTick(from: end)
                continue
            }
            let hashes = alerts(silence == nil ? own : nil, &notifier, tick: tick, at: now)
            budget -= group?.alerts.count ?? 1
            let reason = NotificationReason.of(
                firing: hashes.firing, resolved: hashes.resolved, since: entry, repeatInterval: route.repeatInterval,
                sendsResolved: integration.sendsResolved, at: tick)
            if let silence {
                note("silenced by \(silence)")
                // The group may be notified of its other alerts, after which this one is new to it.
                if reason != nil, !hashes.isEmpty { entry = hashes.entry(at: tick) }
                let end = notifier.silences[id: silence]?.endsAt ?? tick
                tick = budget > 0 ? tick + route.groupInterval : firstTick(from: end + .nanoseconds(1))
            } else if let reason {
                (result.next, result.reason) = (tick, reason)
                result.because = because(reason, delays)
                return
            } else {
                guard let entry, !hashes.firing.isEmpty else { break }
                note("notified of at \(TimeText.text(entry.time)), and nothing is new")
                let due = firstTick(from: entry.time + route.repeatInterval + .nanoseconds(1))
                tick = budget > 0 ? tick + route.groupInterval : max(due, tick + route.groupInterval)
            }
        }
        result.because = delays.isEmpty ? "there is nothing to notify of" : delays.joined(separator: "; ")
    }

    /// The alerts of a flush, as the notification log has them.
    private struct Hashes {
        var firing: [UInt64] = []
        var resolved: [UInt64] = []

        var isEmpty: Bool { firing.isEmpty && resolved.isEmpty }

        func entry(at time: WallTime) -> LogEntry {
            LogEntry(firing: firing, resolved: resolved, time: time, expiresAt: time)
        }
    }

    /// The first flush at `time` or after it.
    private func firstTick(from time: WallTime) -> WallTime {
        guard time > firstFlush else { return firstFlush }
        let interval = max(route.groupInterval, .milliseconds(1))
        let (seconds, attoseconds) = (time - firstFlush).components
        let (intervalSeconds, intervalAttoseconds) = interval.components
        let wait = Double(seconds) + Double(attoseconds) * 1e-18
        let length = Double(intervalSeconds) + Double(intervalAttoseconds) * 1e-18
        var tick = firstFlush + interval * Int(max(0, (wait / length).rounded(.down) - 1))
        while tick < time { tick = tick + interval }
        return tick
    }

    /// The alerts of the group that a flush would have; alerts that fire now are taken to continue.
    private func alerts(
        _ own: ReceivedAlert?, _ notifier: inout Notifier, tick: WallTime, at now: WallTime
    ) -> Hashes {
        var hashes = Hashes()
        if let own { add(own, &hashes, tick: tick, at: now) }
        for stored in group?.alerts.values ?? [:].values where stored.alert.labels != labels {
            guard notifier.inhibitor.inhibition(of: stored.alert.labels, at: now) == nil,
                notifier.silences.active(for: stored.alert.labels, at: tick).isEmpty
            else { continue }
            add(stored.alert, &hashes, tick: tick, at: now)
        }
        return hashes
    }

    private func add(_ alert: ReceivedAlert, _ hashes: inout Hashes, tick: WallTime, at now: WallTime) {
        if !alert.isResolved(at: now) {
            hashes.firing.append(alert.logHash)
        } else if tick == firstFlush {
            hashes.resolved.append(alert.logHash)
        }
    }

    private func because(_ reason: NotificationReason, _ delays: [String]) -> String {
        let wait = group == nil ? "its group would be new and waits for group_wait" : "then its group is flushed"
        return ([reason.rawValue, wait] + delays).joined(separator: "; ")
    }
}

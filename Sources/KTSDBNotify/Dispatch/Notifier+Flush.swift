internal import KTSDBModel

extension Notifier {
    /// Begins the flush of a group whose timer has run out, or notes that it is due if another is in progress.
    mutating func flushDue(_ id: Dispatcher.GroupID, tick: WallTime, at now: WallTime) {
        guard let group = dispatcher.groups[id] else { return }
        if group.flush == nil {
            flush(id, tick: tick, at: now)
        } else {
            dispatcher.groups[id]!.overdue = tick
        }
    }

    /// Begins a flush: decides which integrations are sent which alerts.
    private mutating func flush(_ id: Dispatcher.GroupID, tick: WallTime, at now: WallTime) {
        let route = plan.routes.routes[id.route]
        // A slightly late wake-up does not delay the later flushes.
        let isPunctual = now >= tick && now - tick < Self.clockTolerance
        dispatcher.timers.set(.flush(id), at: (isPunctual ? tick : now) + route.groupInterval)
        let all = dispatcher.groups[id]!.alerts.values
        let resolved = all.filter { $0.alert.isResolved(at: now) }.map { ($0.alert.labels, $0.version) }
        let deadline = now + max(route.groupInterval, Self.minimumTimeout)
        dispatcher.groups[id]!.flush = Flush(deadline: deadline, resolved: resolved)
        let alerts = unmuted(id, all.map { $0.alert.shown(at: now) }, tick: tick, at: now)
        if !alerts.isEmpty { notify(id, alerts.sorted(by: ReceivedAlert.precedes), tick: tick, at: now) }
        guard let flush = dispatcher.groups[id]?.flush else { return }
        if flush.attempts.isEmpty { endFlush(id, at: now) } else { dispatcher.timers.set(.deadline(id), at: deadline) }
    }

    /// Returns the alerts of a group that are neither inhibited nor silenced; empty if a time interval mutes the group.
    private mutating func unmuted(
        _ id: Dispatcher.GroupID, _ alerts: [ReceivedAlert], tick: WallTime, at now: WallTime
    ) -> [ReceivedAlert] {
        let free = alerts.filter { inhibitor.inhibition(of: $0.labels, at: now) == nil }
        statistics.count(suppressed: alerts.count - free.count, by: .inhibition)
        if free.isEmpty { return [] }
        let route = plan.routes.routes[id.route], mutedBy = mutingIntervals(route, at: tick)
        dispatcher.groups[id]!.mutedBy = mutedBy
        if !mutedBy.isEmpty {
            let isOutside = mutedBy == route.activeTimeIntervals
            statistics.count(suppressed: free.count, by: isOutside ? .activeTimeInterval : .muteTimeInterval)
            effects.append(.muted(groupKey: dispatcher.groups[id]!.key, by: mutedBy))
            return []
        }
        let heard = free.filter { silences.active(for: $0.labels, at: now).isEmpty }
        statistics.silenceQueries += free.count
        statistics.count(suppressed: free.count - heard.count, by: .silence)
        return heard
    }

    /// Returns the time intervals that mute a route: all its active intervals if `tick` is in none of them, and
    /// otherwise the mute intervals that `tick` is in.
    private func mutingIntervals(_ route: Route, at tick: WallTime) -> [String] {
        let active = route.activeTimeIntervals
        if !active.isEmpty, plan.timeIntervals.containing(tick, of: active).isEmpty { return active }
        return plan.timeIntervals.containing(tick, of: route.muteTimeIntervals)
    }

    /// Decides for each integration of the group's receiver whether to notify it.
    private mutating func notify(
        _ id: Dispatcher.GroupID, _ alerts: [ReceivedAlert], tick: WallTime, at now: WallTime
    ) {
        let route = plan.routes.routes[id.route], group = dispatcher.groups[id]!
        let firing = alerts.filter { $0.endsAt == nil }.map(\.logHash)
        let resolved = alerts.filter { $0.endsAt != nil }.map(\.logHash)
        for integration in plan.receivers[route.receiver] ?? [] {
            statistics.logQueries += 1
            let key = NotificationLog.Key(groupKey: group.key, integration: integration.id)
            let entry = log[key], isHeld = drains.wait(id, for: key)
            if entry == nil { statistics.logMisses += 1 }
            let reason = NotificationReason.of(
                firing: firing, resolved: resolved, since: entry, repeatInterval: route.repeatInterval,
                sendsResolved: integration.sendsResolved, at: tick)
            // Whether an integration that waits for an earlier delivery is notified is decided when that has ended.
            guard reason != nil || isHeld else { continue }
            let sent = integration.sendsResolved ? alerts : alerts.filter { $0.endsAt == nil }
            let notification = Notification(
                integration: integration.id, reason: reason ?? .unknown, groupKey: group.key, groupLabels: group.labels,
                routeLabels: route.labels, alerts: sent, tick: tick,
                data: reason == .firstNotification ? [:] : entry?.data ?? [:], firing: firing, resolved: resolved,
                repeatInterval: route.repeatInterval)
            if sent.isEmpty, !isHeld {
                write(notification, data: notification.data, at: now)
            } else {
                dispatcher.groups[id]!.flush!.attempts[integration.id] = Attempt(
                    notification: notification, startedAt: now)
                if !isHeld { deliver(id, integration.id, at: now) }
            }
        }
    }

    mutating func write(_ notification: Notification, data: [String: LogEntry.Value], at now: WallTime) {
        let key = NotificationLog.Key(groupKey: notification.groupKey, integration: notification.integration)
        log.write(
            key, firing: notification.firing, resolved: notification.resolved, data: data,
            repeatInterval: notification.repeatInterval, at: now)
        changes.log.insert(key)
    }

    /// Ends a flush whose integrations are all done. If all succeeded, forgets the alerts that were resolved. Begins
    /// the next flush if it is due.
    mutating func endFlush(_ id: Dispatcher.GroupID, at now: WallTime) {
        guard let flush = dispatcher.groups[id]?.flush else { return }
        dispatcher.timers.cancel(.deadline(id))
        dispatcher.groups[id]!.flush = nil
        if !flush.hasFailed {
            for (labels, version) in flush.resolved where dispatcher.groups[id]!.alerts[labels]?.version == version {
                dispatcher.groups[id]!.alerts[labels] = nil
            }
        }
        guard !dispatcher.groups[id]!.alerts.isEmpty else { return dispatcher.remove(id) }
        if let tick = dispatcher.groups[id]!.overdue {
            dispatcher.groups[id]!.overdue = nil
            self.flush(id, tick: tick, at: now)
        }
    }
}

internal import KTSDBModel

/// Goes through the flushes of a group that are to come, until one notifies of an alert.
struct FlushSearch {
    /// How many flushes are looked at.
    static let flushLimit = 20_000
    /// How many alerts of these flushes are looked at; then flushes are left out that are not likely to change much.
    static let alertLimit = 500_000

    private let forecast: FlushForecast
    private let integration: Integration
    private let own: ReceivedAlert
    private let now: WallTime
    /// What the integration will have been notified of.
    private var entry: LogEntry?
    /// The flush that is looked at.
    private(set) var tick: WallTime
    /// Why that flush notifies of the alert; nil if none does.
    private(set) var reason: NotificationReason?
    private var delays: [String] = []
    private var alertsLeft = alertLimit

    init(
        _ forecast: FlushForecast, _ integration: Integration, _ entry: LogEntry?, _ own: ReceivedAlert,
        at now: WallTime
    ) {
        self.forecast = forecast
        self.integration = integration
        self.entry = entry
        self.own = own
        self.now = now
        tick = forecast.firstFlush
    }

    private var interval: Duration { forecast.route.groupInterval }

    /// Why the flush notifies, and what delays it; or why none does.
    var because: String {
        guard let reason else {
            return delays.isEmpty ? "there is nothing to notify of" : delays.joined(separator: "; ")
        }
        let wait =
            forecast.group == nil ? "its group would be new and waits for group_wait" : "its group is flushed then"
        return ([reason.rawValue, wait] + delays).joined(separator: "; ")
    }

    mutating func run(_ notifier: inout Notifier) {
        for _ in 0..<Self.flushLimit where tick <= now + MuteSearch.horizon {
            if let entry, forecast.isForgotten(entry, by: tick) { self.entry = nil }
            // What is over is forgotten after the next flush, whatever becomes of it.
            if own.isResolved(at: now), tick > forecast.firstFlush { return }
            guard let next = step(&notifier) else { return }
            tick = next
        }
    }

    /// Looks at one flush; returns the next one, or nil at the end of the search.
    private mutating func step(_ notifier: inout Notifier) -> WallTime? {
        let muting = forecast.mutes.muting(at: tick)
        if let name = muting.names.first {
            note(muting.isOutsideActive ? "outside of \(name)" : "muted by \(name)")
            return forecast.mutes.end(after: tick).map(forecast.firstTick)
        }
        if let silence = notifier.silences.active(for: forecast.labels, at: tick).first {
            return skip(silence, &notifier)
        }
        let hashes = hashes(of: own, &notifier)
        reason = reason(for: hashes)
        guard reason == nil, let entry, !hashes.firing.isEmpty else { return nil }
        note("sent at \(TimeText.text(entry.time)), and nothing is new since")
        if alertsLeft > 0 { return tick + interval }
        let due = entry.time + forecast.route.repeatInterval + .nanoseconds(1)
        return max(forecast.firstTick(from: due), tick + interval)
    }

    /// Leaves out a flush for which the alert is silenced. The group may be notified of its other alerts, after which
    /// this one is new to it.
    private mutating func skip(_ silence: String, _ notifier: inout Notifier) -> WallTime {
        note("silenced by \(silence)")
        let hashes = hashes(of: nil, &notifier)
        if !hashes.isEmpty, reason(for: hashes) != nil {
            entry = hashes.entry(at: tick, repeatInterval: forecast.route.repeatInterval)
        }
        if alertsLeft > 0 { return tick + interval }
        let end = notifier.silences[id: silence]?.endsAt ?? tick
        return max(forecast.firstTick(from: end + .nanoseconds(1)), tick + interval)
    }

    private mutating func note(_ delay: String) { if !delays.contains(delay) { delays.append(delay) } }

    private func reason(for hashes: Hashes) -> NotificationReason? {
        NotificationReason.of(
            firing: hashes.firing, resolved: hashes.resolved, since: entry,
            repeatInterval: forecast.route.repeatInterval, sendsResolved: integration.sendsResolved, at: tick)
    }

    // MARK: The alerts of a flush

    /// The alerts of a flush, as the notification log has them.
    private struct Hashes {
        var firing: [UInt64] = []
        var resolved: [UInt64] = []

        var isEmpty: Bool { firing.isEmpty && resolved.isEmpty }

        func entry(at time: WallTime, repeatInterval: Duration) -> LogEntry {
            LogEntry(firing: firing, resolved: resolved, time: time, expiresAt: time + repeatInterval * 2)
        }
    }

    /// The alerts of the group that are not muted; those that fire now are taken to continue.
    private mutating func hashes(of own: ReceivedAlert?, _ notifier: inout Notifier) -> Hashes {
        var hashes = Hashes()
        if let own { add(own, to: &hashes) }
        guard let alerts = forecast.group?.alerts.values else { return hashes }
        alertsLeft -= alerts.count
        for stored in alerts where stored.alert.labels != forecast.labels {
            guard notifier.inhibitor.inhibition(of: stored.alert.labels, at: now) == nil,
                notifier.silences.active(for: stored.alert.labels, at: tick).isEmpty
            else { continue }
            add(stored.alert, to: &hashes)
        }
        return hashes
    }

    private func add(_ alert: ReceivedAlert, to hashes: inout Hashes) {
        if !alert.isResolved(at: now) {
            hashes.firing.append(alert.logHash)
        } else if tick == forecast.firstFlush {
            hashes.resolved.append(alert.logHash)
        }
    }
}

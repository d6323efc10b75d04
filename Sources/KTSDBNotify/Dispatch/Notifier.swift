package import KTSDBModel

/// Alertmanager as a value: it keeps alerts, silences and the notification log, and decides which integrations are
/// notified, and when.
///
/// It does not read a clock or send anything. Each call passes the time and returns what is to be done; the caller
/// calls ``advance(to:)`` at ``nextWakeUp()`` and reports how deliveries ended. So servers, tests and back-tests can
/// share it.
///
/// ```swift
/// var notifier = Notifier(plan: plan, at: now)
/// var effects = notifier.post([alert], at: now)
/// while let due = notifier.nextWakeUp() {
///     effects = notifier.advance(to: due)
///     for case .deliver(let delivery) in effects { notifier.finish(delivery.id, .success(), at: due) }
/// }
/// ```
package struct Notifier: Sendable {
    package internal(set) var plan: NotificationPlan
    package internal(set) var alerts: AlertStore
    package internal(set) var silences: Silences
    package internal(set) var log: NotificationLog
    package internal(set) var dispatcher: Dispatcher
    package internal(set) var statistics = NotifierStatistics()
    var inhibitor: Inhibitor
    var random: RandomSource
    var settings = NotifierSettings()
    /// What was stored, changed or forgotten since ``takeChanges()``.
    var changes = StateChanges()
    /// The flush that a delivery belongs to.
    var deliveries: [UInt64: (group: Dispatcher.GroupID, integration: IntegrationID)] = [:]
    var lastDelivery: UInt64 = 0
    /// Deliveries of earlier configurations.
    var drains = Drains()
    var lastTime: WallTime
    var effects: [NotifierEffect] = []

    /// The least time that a flush may take.
    static let minimumTimeout = Duration.seconds(10)
    /// How late a wake-up may be, or how far the clock may be set back, without changing timers.
    static let clockTolerance = Duration.seconds(1)

    /// Creates a notifier with the state from before a restart.
    ///
    /// Nothing is sent during `startDelay`, so that alerts that inhibit others can arrive first. `seed` determines all
    /// random numbers.
    package init(
        plan: NotificationPlan, alerts: AlertStore = AlertStore(), silences: Silences = Silences(),
        log: NotificationLog = NotificationLog(), at now: WallTime, startDelay: Duration = .zero, seed: UInt64 = 0
    ) {
        self.plan = plan
        self.alerts = alerts
        self.silences = silences
        self.log = log
        inhibitor = Inhibitor(plan.inhibitionRules)
        dispatcher = Dispatcher(routes: plan.routes, startsAt: now + startDelay)
        random = RandomSource(seed: seed)
        lastTime = now
        dispatcher.timers.set(.maintenance, at: now + settings.maintenanceInterval)
        dispatcher.timers.set(.alertCollection, at: now + settings.alertCollectionInterval)
        loadAlerts(at: now)
    }

    /// Returns when ``advance(to:)`` is to be called next.
    package mutating func nextWakeUp() -> WallTime? { dispatcher.timers.next() }

    /// Puts all known alerts into the inhibitor, and then into groups, whose waiting time counts from when their alerts
    /// arrived.
    private mutating func loadAlerts(at now: WallTime) {
        let known = alerts.sorted
        for stored in known { inhibitor.update(stored.alert, at: now) }
        for stored in known { insert(stored, arrivedAt: min(stored.alert.updatedAt, now), at: now) }
    }

    private mutating func insert(_ stored: AlertStore.Stored, arrivedAt arrival: WallTime, at now: WallTime) {
        if !dispatcher.insert(stored, arrivedAt: arrival, at: now) {
            statistics.groupLimitHits += 1
            effects.append(.tooManyGroups(limit: dispatcher.groupLimit))
        }
    }

    /// Takes alerts that were received.
    package mutating func post(_ received: [ReceivedAlert], at now: WallTime) -> [NotifierEffect] {
        for alert in received {
            guard hasRoom(for: alert.labels) else {
                statistics.limitedAlerts += 1
                continue
            }
            if alert.isResolved(at: now) { statistics.receivedResolved += 1 } else { statistics.receivedFiring += 1 }
            let stored = alerts.put(alert, at: now)
            changes.alerts.insert(stored.alert.labels)
            inhibitor.update(stored.alert, at: now)
            insert(stored, arrivedAt: now, at: now)
        }
        return takeEffects()
    }

    /// Applies another configuration: all groups are built again.
    ///
    /// `patience` returns how long a delivery under way may continue: zero, the default, cancels it, and nil allows the
    /// time of its flush. Until it has ended, nothing else is sent to the same integration about the same group.
    package mutating func reload(
        _ plan: NotificationPlan, at now: WallTime,
        patience: (_ delivery: UInt64, _ integration: IntegrationID) -> Duration? = { _, _ in .zero }
    ) -> [NotifierEffect] {
        drain(at: now, patience)
        self.plan = plan
        inhibitor = Inhibitor(plan.inhibitionRules)
        let maintenance = dispatcher.timers.due(.maintenance) ?? now
        let collection = dispatcher.timers.due(.alertCollection) ?? now
        var fresh = Dispatcher(routes: plan.routes, startsAt: dispatcher.startsAt)
        fresh.groupLimit = dispatcher.groupLimit
        fresh.timers.set(.maintenance, at: maintenance)
        fresh.timers.set(.alertCollection, at: collection)
        dispatcher = fresh
        setDrainTimers()
        loadAlerts(at: now)
        return takeEffects()
    }

    /// Does everything that is due by `now`.
    package mutating func advance(to now: WallTime) -> [NotifierEffect] {
        if now < lastTime - Self.clockTolerance { realign(at: now) }
        lastTime = now
        while let (purpose, due) = dispatcher.timers.takeDue(by: now) {
            switch purpose {
            case .flush(let id): flushDue(id, tick: due, at: now)
            case .deadline(let id): giveUp(id, at: now)
            case .retry(let id, let integration): deliver(id, integration, at: now)
            case .maintenance: maintain(at: now)
            case .alertCollection: collectAlerts(at: now)
            case .drain(let delivery): cancelDrain(delivery, at: now)
            }
        }
        return takeEffects()
    }

    /// Adapts to a clock that was set back: brings timers forward, so that no group waits longer than if it began to
    /// wait now.
    private mutating func realign(at now: WallTime) {
        let routes = plan.routes.routes, settings = settings
        dispatcher.timers.bringForward { purpose in
            switch purpose {
            case .flush(let id): now + max(routes[id.route].groupInterval, routes[id.route].groupWait)
            case .deadline(let id): now + max(routes[id.route].groupInterval, Self.minimumTimeout)
            case .retry: now
            case .drain: now + Self.minimumTimeout
            case .maintenance: now + settings.maintenanceInterval
            case .alertCollection: now + settings.alertCollectionInterval
            }
        }
    }

    mutating func takeEffects() -> [NotifierEffect] {
        defer { effects = [] }
        return effects
    }

    /// Returns what was stored, changed or forgotten since the last call, for the records on disk.
    package mutating func takeChanges() -> StateChanges {
        defer { changes = StateChanges() }
        return changes
    }
}

/// The keys of the state that has changed. What can no longer be found under its key was forgotten.
package struct StateChanges: Hashable, Sendable {
    package var alerts: Set<Labels> = []
    package var silences: Set<String> = []
    package var log: Set<NotificationLog.Key> = []

    package init() {}

    package var isEmpty: Bool { alerts.isEmpty && silences.isEmpty && log.isEmpty }

    /// Adds other changes.
    package mutating func formUnion(_ other: StateChanges) {
        alerts.formUnion(other.alerts)
        silences.formUnion(other.silences)
        log.formUnion(other.log)
    }
}

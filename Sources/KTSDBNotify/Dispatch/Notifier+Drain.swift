internal import KTSDBModel

/// Deliveries of an earlier configuration that are still under way. Until they have ended, nothing else is sent to the
/// same integration about the same group.
struct Drains: Sendable {
    struct Drain: Sendable {
        var attempt: Attempt
        /// When the delivery is cancelled.
        var deadline: WallTime
        /// The group that waits to notify the same integration.
        var waiting: Dispatcher.GroupID?

        var key: NotificationLog.Key {
            NotificationLog.Key(groupKey: attempt.notification.groupKey, integration: attempt.notification.integration)
        }
    }

    private(set) var all: [UInt64: Drain] = [:]
    private var byKey: [NotificationLog.Key: UInt64] = [:]

    func contains(_ key: NotificationLog.Key) -> Bool { byKey[key] != nil }

    mutating func add(_ delivery: UInt64, _ drain: Drain) {
        all[delivery] = drain
        byKey[drain.key] = delivery
    }

    mutating func remove(_ delivery: UInt64) -> Drain? {
        guard let drain = all.removeValue(forKey: delivery) else { return nil }
        byKey[drain.key] = nil
        return drain
    }

    /// Makes a group wait for the delivery of this key. Returns false if no such delivery is under way.
    mutating func wait(_ group: Dispatcher.GroupID, for key: NotificationLog.Key) -> Bool {
        guard let delivery = byKey[key] else { return false }
        all[delivery]!.waiting = group
        return true
    }

    /// Forgets which groups wait, because the groups are replaced.
    mutating func forgetGroups() { for delivery in all.keys { all[delivery]!.waiting = nil } }

    mutating func move(by jump: Duration) {
        for delivery in all.keys { all[delivery]!.deadline = all[delivery]!.deadline + jump }
    }
}

extension Notifier {
    /// Returns whether a delivery of an earlier configuration with this key is under way.
    package func isDraining(_ key: NotificationLog.Key) -> Bool { drains.contains(key) }

    /// Lets deliveries under way continue, or cancels them, because their groups are about to be forgotten. `patience`
    /// returns how long a delivery may continue; zero cancels it, and nil allows the time of its flush.
    mutating func drain(
        at now: WallTime, _ patience: (_ delivery: UInt64, _ integration: IntegrationID) -> Duration?
    ) {
        drains.forgetGroups()
        for (delivery, place) in deliveries.sorted(by: { $0.key < $1.key }) {
            let limit = patience(delivery, place.integration)
            guard limit != .zero, let flush = dispatcher.groups[place.group]?.flush,
                let attempt = flush.attempts[place.integration]
            else {
                effects.append(.cancel(delivery))
                continue
            }
            let deadline = limit.map { min(flush.deadline, now + $0) } ?? flush.deadline
            drains.add(delivery, Drains.Drain(attempt: attempt, deadline: deadline))
        }
        deliveries = [:]
    }

    /// Sets the timers of the deliveries that are still under way, after all timers were replaced.
    mutating func setDrainTimers() {
        for (delivery, drain) in drains.all.sorted(by: { $0.key < $1.key }) {
            dispatcher.timers.set(.drain(delivery), at: drain.deadline)
        }
    }

    /// Takes the result of a delivery of an earlier configuration.
    mutating func finishDrain(_ delivery: UInt64, _ result: DeliveryResult, at now: WallTime) {
        guard let drain = drains.remove(delivery) else { return }
        dispatcher.timers.cancel(.drain(delivery))
        let notification = drain.attempt.notification, count = drain.attempt.count
        switch result {
        case .success(let data):
            write(notification, data: data ?? notification.data, at: now)
            effects.append(.notified(notification, attempts: count))
        case .failure(let reason, _, _):
            if drain.waiting == nil { effects.append(.failed(notification, attempts: count, reason: reason)) }
        }
        if let group = drain.waiting { resume(group, notification.integration, at: now) }
    }

    /// Cancels a delivery of an earlier configuration whose time is over.
    mutating func cancelDrain(_ delivery: UInt64, at now: WallTime) {
        effects.append(.cancel(delivery))
        finishDrain(delivery, .failure(reason: "context deadline exceeded", isRetryable: false), at: now)
    }

    /// Sends the notification with which a group has waited for an earlier delivery, if it is still needed.
    private mutating func resume(_ id: Dispatcher.GroupID, _ integration: IntegrationID, at now: WallTime) {
        guard var attempt = dispatcher.groups[id]?.flush?.attempts[integration], attempt.delivery == nil,
            attempt.count == 0
        else { return }
        var notification = attempt.notification
        let entry = log[NotificationLog.Key(groupKey: notification.groupKey, integration: integration)]
        let receiver = plan.routes.routes[id.route].receiver
        let sendsResolved = plan.receivers[receiver]?.first { $0.id == integration }?.sendsResolved ?? false
        guard
            let reason = NotificationReason.of(
                firing: notification.firing, resolved: notification.resolved, since: entry,
                repeatInterval: notification.repeatInterval, sendsResolved: sendsResolved, at: notification.tick)
        else { return end(id, integration, at: now) }
        if notification.alerts.isEmpty {
            write(notification, data: notification.data, at: now)
            return end(id, integration, at: now)
        }
        notification.reason = reason
        notification.data = reason == .firstNotification ? [:] : entry?.data ?? [:]
        attempt.notification = notification
        attempt.startedAt = now
        dispatcher.groups[id]!.flush!.attempts[integration] = attempt
        deliver(id, integration, at: now)
    }
}

internal import KTSDBModel

extension Notifier {
    /// Begins the delivery of a waiting attempt.
    mutating func deliver(_ id: Dispatcher.GroupID, _ integration: IntegrationID, at now: WallTime) {
        guard let flush = dispatcher.groups[id]?.flush, var attempt = flush.attempts[integration],
            attempt.delivery == nil
        else { return }
        lastDelivery += 1
        let delivery = Delivery(
            id: lastDelivery, notification: attempt.notification, earlierAttempts: attempt.count,
            deadline: flush.deadline)
        attempt.delivery = lastDelivery
        attempt.count += 1
        attempt.startedAt = now
        dispatcher.groups[id]!.flush!.attempts[integration] = attempt
        deliveries[lastDelivery] = (id, integration)
        effects.append(.deliver(delivery))
    }

    /// Takes the result of a delivery. The result of a cancelled delivery is ignored.
    package mutating func finish(_ delivery: UInt64, _ result: DeliveryResult, at now: WallTime) -> [NotifierEffect] {
        finishDrain(delivery, result, at: now)
        guard let (id, integration) = deliveries.removeValue(forKey: delivery),
            let attempt = dispatcher.groups[id]?.flush?.attempts[integration]
        else { return takeEffects() }
        switch result {
        case .success(let data):
            write(attempt.notification, data: data ?? attempt.notification.data, at: now)
            effects.append(.notified(attempt.notification, attempts: attempt.count))
            end(id, integration, at: now)
        case .failure(let reason, true, let wait):
            retry(id, attempt, reason: reason, after: wait, at: now)
        case .failure(let reason, false, _):
            fail(id, attempt, reason: reason)
            end(id, integration, at: now)
        }
        return takeEffects()
    }

    /// Sets the timer for another attempt: the back-off counts from the beginning of the last attempt, and the
    /// receiver's `Retry-After` from now; the later time applies.
    private mutating func retry(
        _ id: Dispatcher.GroupID, _ attempt: Attempt, reason: String, after wish: Duration?, at now: WallTime
    ) {
        var attempt = attempt
        attempt.delivery = nil
        attempt.lastReason = reason
        let wait = attempt.backOff.next(random: random.unit())
        let due = max(attempt.startedAt + wait, now + (wish ?? .zero))
        dispatcher.groups[id]!.flush!.attempts[attempt.notification.integration] = attempt
        dispatcher.timers.set(.retry(id, attempt.notification.integration), at: due)
    }

    private mutating func fail(_ id: Dispatcher.GroupID, _ attempt: Attempt, reason: String) {
        dispatcher.groups[id]!.flush!.hasFailed = true
        effects.append(.failed(attempt.notification, attempts: attempt.count, reason: reason))
    }

    mutating func end(_ id: Dispatcher.GroupID, _ integration: IntegrationID, at now: WallTime) {
        dispatcher.timers.cancel(.retry(id, integration))
        dispatcher.groups[id]!.flush!.attempts[integration] = nil
        if dispatcher.groups[id]!.flush!.attempts.isEmpty { endFlush(id, at: now) }
    }

    /// Ends a flush whose time is over: the attempts that are left have failed.
    mutating func giveUp(_ id: Dispatcher.GroupID, at now: WallTime) {
        guard let attempts = dispatcher.groups[id]?.flush?.attempts else { return }
        let ordered = attempts.values.sorted {
            $0.notification.integration.description < $1.notification.integration.description
        }
        for attempt in ordered {
            if let delivery = attempt.delivery {
                deliveries[delivery] = nil
                effects.append(.cancel(delivery))
            }
            fail(id, attempt, reason: attempt.lastReason)
            dispatcher.timers.cancel(.retry(id, attempt.notification.integration))
        }
        dispatcher.groups[id]!.flush!.attempts = [:]
        endFlush(id, at: now)
    }
}

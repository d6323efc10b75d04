internal import KTSDBModel
internal import KTSDBNotify
internal import Logging

extension NotifierService {
    /// A notification that is being brought to an integration, perhaps for the second time.
    struct Flight {
        var beganAt: Duration
        var lastOutcome: AttemptOutcome?
    }

    /// An integration whose receiver has said when to come again.
    struct Pause {
        var until: Duration
        var reason: String
    }

    /// Does what the notifier wants done.
    func handle(_ effects: [NotifierEffect], at now: WallTime) {
        for effect in effects {
            switch effect {
            case .deliver(let delivery):
                if flights[delivery.key] == nil { flights[delivery.key] = Flight(beganAt: clock.elapsed) }
                if queue.add(delivery) { begin(delivery) }
            case .cancel(let id): if !queue.cancel(id) { attempts[id]?.cancel() }
            case .notified(let notification, let count): report(notification, attempts: count, failure: nil, at: now)
            case .failed(let notification, let count, let reason):
                report(notification, attempts: count, failure: reason, at: now)
            case .muted: break
            case .tooManyGroups(let limit):
                if meters.noteTooManyGroups() {
                    logger.error(
                        "too many groups: alerts are in none and are not notified; group by fewer labels",
                        metadata: ["limit": "\(limit)"])
                }
            }
        }
        storage.note(notifier.takeChanges())
    }

    private func begin(_ delivery: Delivery) {
        guard !isStopped else { return }
        attempts[delivery.id] = Task { await self.attempt(delivery) }
    }

    private func attempt(_ delivery: Delivery) async {
        let now = lookAtClock(), begin = clock.elapsed, id = delivery.notification.integration
        if let pause = pauses[id], pause.until > begin {
            let result = DeliveryResult.failure(
                reason: pause.reason, isRetryable: true, retryAfter: pause.until - begin)
            return await end(delivery, result)
        }
        let outcome: AttemptOutcome
        if let integration = configuration.integrations[id] {
            let remaining = max(.zero, delivery.deadline - now)
            outcome = await sender.send(delivery, integration, payloadContext, at: now, within: remaining)
        } else {
            outcome = AttemptOutcome(.failure(reason: "the configuration has no \(id)", isRetryable: false))
        }
        count(outcome, of: delivery, after: clock.elapsed - begin)
        await end(delivery, outcome.result)
    }

    private var payloadContext: PayloadContext {
        configuration.payloadContext(externalURL: options.externalURL, hostName: options.hostName)
    }

    private func count(_ outcome: AttemptOutcome, of delivery: Delivery, after duration: Duration) {
        let id = delivery.notification.integration
        meters.count(attempt: outcome, of: id.kind, duration)
        switch outcome.result {
        case .success: pauses[id] = nil
        case .failure(let reason, _, let wait):
            if let wait { pauses[id] = Pause(until: clock.elapsed + min(wait, RetryAfter.limit), reason: reason) }
            // An attempt that was cancelled says nothing about its receiver.
            if attempts[delivery.id]?.isCancelled ?? true { return }
        }
        health.note(outcome, of: id)
        flights[delivery.key]?.lastOutcome = outcome
    }

    private func end(_ delivery: Delivery, _ result: DeliveryResult) async {
        attempts[delivery.id] = nil
        if let next = queue.end(delivery.id) { begin(next) }
        let now = lookAtClock()
        handle(notifier.finish(delivery.id, result, at: now), at: now)
        await store()
        wake()
    }

    private func report(_ notification: Notification, attempts: Int, failure: String?, at now: WallTime) {
        let flight = flights.removeValue(forKey: notification.key), outcome = flight?.lastOutcome
        meters.count(
            notification: notification.integration.kind,
            failure: failure == nil ? nil : outcome?.reason ?? .contextDeadlineExceeded)
        let report = DeliveryReport(
            notification, at: now, attempts: attempts, duration: clock.elapsed - (flight?.beganAt ?? clock.elapsed),
            status: outcome?.status, error: failure ?? outcome?.warning ?? "", isDelivered: failure == nil)
        storage.note(StateChanges(), history.add(report))
    }

    /// Waits until the attempts under way have ended, but not longer than `patience`.
    func waitForAttempts(upTo patience: Duration) async {
        let current = Array(attempts.values)
        guard !current.isEmpty, patience > .zero else { return }
        let (ends, end) = AsyncStream<Void>.makeStream()
        Task {
            for attempt in current { await attempt.value }
            end.finish()
        }
        let timer = Task {
            try? await Task.sleep(for: patience)
            end.finish()
        }
        for await _ in ends {}
        timer.cancel()
    }
}

extension Delivery {
    /// The entry of the log that the attempt is about.
    var key: NotificationLog.Key { notification.key }
}

extension Notification {
    /// The entry of the log that the notification is about.
    var key: NotificationLog.Key { NotificationLog.Key(groupKey: groupKey, integration: integration) }
}

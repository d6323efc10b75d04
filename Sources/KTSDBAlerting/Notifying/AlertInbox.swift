internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules
internal import Synchronization

/// Where rules put their alerts for the notifier, without waiting for it.
final class AlertInbox: AlertReceiver {
    private let capacity: Int
    private let waiting = Mutex<[OutgoingAlert]>([])
    /// Has an element when alerts have arrived.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func offer(_ alerts: [OutgoingAlert]) -> Int {
        let taken = waiting.withLock { waiting in
            let count = min(alerts.count, max(0, capacity - waiting.count))
            waiting += alerts.prefix(count)
            return count
        }
        if taken > 0 { arrival.yield() }
        return taken
    }

    /// How many alerts are taken at once, so that others can have the notifier in between.
    private static let batch = 1000

    /// Takes some alerts, those first that came first.
    func take() -> [OutgoingAlert] {
        waiting.withLock { waiting in
            let taken = Array(waiting.prefix(Self.batch))
            waiting.removeFirst(taken.count)
            return taken
        }
    }

    /// How many alerts wait.
    var count: Int { waiting.withLock { $0.count } }

    /// Nothing comes any more.
    func finish() { arrival.finish() }
}

extension OutgoingAlert {
    /// The alert as if it had been posted at `now`: times are sent in milliseconds.
    var posted: PostedAlert {
        var alert = PostedAlert(
            labels: labels.map { ($0.name, $0.value) }, annotations: annotations.pairs.map { ($0.name, $0.text) },
            startsAt: WallTime(startsAt), endsAt: WallTime(endsAt), generatorURL: generatorURL)
        alert.values = ReportedValues(fired: firedValue, last: value, resolved: resolvedValue)
        return alert
    }
}

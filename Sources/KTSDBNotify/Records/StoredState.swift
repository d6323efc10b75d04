internal import KTSDBModel

/// A notifier's state as it was stored.
package struct StoredState: Sendable {
    package private(set) var alerts = AlertStore()
    package private(set) var silences: Silences
    package private(set) var log: NotificationLog
    /// Reports of earlier deliveries, by their numbers.
    package private(set) var reports: [UInt64: DeliveryReport] = [:]
    /// Why records could not be read. They are left out; everything else is used.
    package private(set) var problems: [RecordError] = []
    private var stored: [(alert: ReceivedAlert, isOver: Bool)] = []

    /// Whoever sends an alert again after a restart may need this long, at least.
    static let minimumHold = Duration.seconds(300)

    package init(retention: Duration = .seconds(120 * 3600)) {
        silences = Silences(retention: retention)
        log = NotificationLog(retention: retention)
    }

    /// Adds a record.
    package mutating func add(_ space: StateRecord.Space, _ bytes: [UInt8]) {
        do throws(RecordError) {
            switch space {
            case .alerts:
                let read = try ReceivedAlert.read(record: bytes)
                stored.append(read)
                alerts.restore(read.alert)
            case .silences: silences.restore(try Silence(record: bytes))
            case .log:
                let (key, entry) = try NotificationLog.read(record: bytes)
                log.restore(key, entry)
            case .deliveries:
                let (number, report) = try DeliveryReport.read(record: bytes)
                reports[number] = report
            }
        } catch {
            problems.append(error)
        }
    }

    /// Takes up the state at a start: what was noted at later times than `now`, because the clock was set back
    /// meanwhile, counts from now, and alerts that fired are taken as if they had just been received.
    ///
    /// An alert was given an end by whoever sends it again and again. If that has passed, or is about to, it has not
    /// been sent because nobody could receive it: it lives as long again, but if it was to live longer than 20 minutes
    /// its end was meant, and it has 5 minutes.
    package mutating func resume(at now: WallTime) -> AlertRecords {
        let fired = Set(stored.lazy.filter { !$0.isOver }.map(\.alert.labels))
        alerts.change { alert in
            if alert.updatedAt > now { alert.move(by: now - alert.updatedAt) }
            guard fired.contains(alert.labels), let end = alert.endsAt else { return }
            let life = end - alert.updatedAt
            let hold = life <= AlertRecords.shortLife ? max(life, Self.minimumHold) : Self.minimumHold
            alert.endsAt = max(end, now + hold)
        }
        log.bringBack(to: now)
        return AlertRecords(stored, alerts, at: now)
    }
}

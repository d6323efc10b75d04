/// A notifier's state as it was stored.
package struct StoredState: Sendable {
    package var alerts = AlertStore()
    package var silences: Silences
    package var log: NotificationLog
    /// Why records could not be read. They are left out; everything else is used.
    package private(set) var problems: [RecordError] = []

    package init(retention: Duration = .seconds(120 * 3600)) {
        silences = Silences(retention: retention)
        log = NotificationLog(retention: retention)
    }

    /// Adds a record.
    package mutating func add(_ space: StateRecord.Space, _ bytes: [UInt8]) {
        do throws(RecordError) {
            switch space {
            case .alerts: alerts.restore(try ReceivedAlert(record: bytes))
            case .silences: silences.restore(try Silence(record: bytes))
            case .log:
                let (key, entry) = try NotificationLog.read(record: bytes)
                log.restore(key, entry)
            }
        } catch {
            problems.append(error)
        }
    }

    /// Keeps alerts that fired at `lastWrite` firing at least until `time`: whoever sends them again after a restart
    /// may need until then.
    package mutating func holdEnds(of lastWrite: WallTime, until time: WallTime) {
        alerts.holdEnds(firingAt: lastWrite, until: time)
    }
}

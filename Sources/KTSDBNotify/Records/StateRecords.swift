/// A notifier's state as records: the name of a space, a key and bytes, or nil for what is forgotten.
package struct StateRecord: Hashable, Sendable {
    package enum Space: String, Hashable, Sendable, CaseIterable {
        case alerts = "ktsdb.notify.alerts"
        case silences = "ktsdb.notify.silences"
        case log = "ktsdb.notify.log"
    }

    package var space: Space
    package var key: String
    package var bytes: [UInt8]?

    package init(space: Space, key: String, bytes: [UInt8]?) {
        self.space = space
        self.key = key
        self.bytes = bytes
    }
}

extension Notifier {
    /// The records that bring the stored state up to date with these changes.
    package func records(of changes: StateChanges) -> [StateRecord] {
        let alerts = changes.alerts.map { labels in
            StateRecord(space: .alerts, key: Alert.recordKey(labels), bytes: self.alerts[labels]?.alert.record)
        }
        let silences = changes.silences.map { id in
            StateRecord(space: .silences, key: id, bytes: self.silences[id: id]?.record)
        }
        let log = changes.log.map { key in
            StateRecord(
                space: .log, key: NotificationLog.recordKey(key),
                bytes: self.log[key].map { NotificationLog.record(key, $0) })
        }
        return alerts + silences + log
    }
}

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
            case .alerts: alerts.restore(try Alert(record: bytes))
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

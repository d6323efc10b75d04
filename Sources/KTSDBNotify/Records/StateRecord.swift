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
            StateRecord(space: .alerts, key: ReceivedAlert.recordKey(labels), bytes: self.alerts[labels]?.alert.record)
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

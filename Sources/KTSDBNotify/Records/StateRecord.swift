/// A notifier's state as records: the name of a space, a key and bytes, or nil for what is forgotten.
package struct StateRecord: Hashable, Sendable {
    package enum Space: String, Hashable, Sendable, CaseIterable {
        case alerts = "ktsdb.notify.alerts"
        case silences = "ktsdb.notify.silences"
        case log = "ktsdb.notify.log"
        case deliveries = "ktsdb.notify.deliveries"
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
    /// The records that bring the stored state up to date with these changes: alerts of their own, since most that are
    /// received again are not stored again.
    package func records(of changes: StateChanges, alerts stored: inout AlertRecords, at now: WallTime) -> [StateRecord]
    {
        stored.records(of: changes.alerts, in: alerts, at: now) + silenceRecords(changes) + logRecords(changes)
    }

    private func silenceRecords(_ changes: StateChanges) -> [StateRecord] {
        changes.silences.map { id in StateRecord(space: .silences, key: id, bytes: silences[id: id]?.record) }
    }

    private func logRecords(_ changes: StateChanges) -> [StateRecord] {
        changes.log.map { key in
            StateRecord(
                space: .log, key: NotificationLog.recordKey(key),
                bytes: log[key].map { NotificationLog.record(key, $0) })
        }
    }
}

internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBNotify

/// Keeps a notifier's state in the records of a database.
///
/// Changes are collected while others are being written, so that many of them cost one wait for the disk.
struct NotifierStorage {
    /// One commit has about this many bytes at most.
    private static let commitByteLimit = 4 << 20

    private let database: Database
    private var alerts: AlertRecords
    private var unstored = StateChanges()
    private var reports: [StateRecord] = []
    /// The number of changes that were noted, and of those that were written, or tried.
    private(set) var noted: UInt64 = 0
    private(set) var written: UInt64 = 0
    /// Why the last changes could not be stored; nil if they are.
    private(set) var fault: AppendError?

    init(_ database: Database, _ alerts: AlertRecords) {
        self.database = database
        self.alerts = alerts
    }

    /// Reads what is stored.
    static func load(_ database: Database, retention: Duration) -> StoredState {
        var state = StoredState(retention: retention)
        let view = database.readView()
        for space in StateRecord.Space.allCases {
            for bytes in view.records(in: RecordSpace(space.rawValue)).values { state.add(space, bytes) }
        }
        return state
    }

    /// What could not be written is to be written now.
    mutating func tryAgain() {
        if fault != nil, !unstored.isEmpty || !reports.isEmpty { noted += 1 }
    }

    /// Notes what is to be written.
    mutating func note(_ changes: StateChanges, _ reports: [StateRecord] = []) {
        guard !changes.isEmpty || !reports.isEmpty else { return }
        unstored.formUnion(changes)
        self.reports += reports
        noted += 1
    }

    /// All alerts are written the next time, even if they have not changed.
    mutating func storeAllAlerts() { alerts.forgetAll() }

    /// What is written at once, for ``finish(_:_:)`` afterwards.
    struct Write: Sendable {
        fileprivate let database: Database
        fileprivate let commits: [[StateRecord]]
        fileprivate let changes: StateChanges
        fileprivate let reports: [StateRecord]
        fileprivate let number: UInt64

        /// Writes; returns why that failed, or nil. Waits for the disk.
        func perform() -> AppendError? {
            for records in commits {
                do throws(AppendError) {
                    try database.append { batch in
                        for record in records {
                            batch.change(record.key, to: record.bytes, in: RecordSpace(record.space.rawValue))
                        }
                    }
                } catch { return error }
            }
            return nil
        }
    }

    /// Takes everything that is to be written.
    mutating func begin(_ notifier: Notifier, at now: WallTime) -> Write {
        let changes = unstored, reports = reports
        unstored = StateChanges()
        self.reports = []
        let records = notifier.records(of: changes, alerts: &alerts, at: now) + reports
        return Write(
            database: database, commits: Self.commits(records), changes: changes, reports: reports, number: noted)
    }

    private static func commits(_ records: [StateRecord]) -> [[StateRecord]] {
        var commits: [[StateRecord]] = [], last: [StateRecord] = [], bytes = 0
        for record in records {
            let size = record.key.utf8.count + (record.bytes?.count ?? 0)
            if bytes + size > commitByteLimit, !last.isEmpty {
                commits.append(last)
                (last, bytes) = ([], 0)
            }
            last.append(record)
            bytes += size
        }
        return last.isEmpty ? commits : commits + [last]
    }

    /// Takes the outcome of a write. What could not be written is tried again.
    mutating func finish(_ write: Write, _ error: AppendError?) {
        written = max(written, write.number)
        fault = error
        guard let error, !error.isStored else { return }
        unstored.formUnion(write.changes)
        unstored.alerts.formUnion(alerts.withdraw())
        reports = (write.reports + reports).suffix(DeliveryHistory.limit)
    }
}

extension AppendError {
    /// Whether everything is stored and visible, although the disk may not have it.
    fileprivate var isStored: Bool { if case .notDurable = self { true } else { false } }
}

public import KTSDBEngine
public import KTSDBModel

/// A database as the storage of rules: samples and the state of their rule are one commit.
public struct DatabaseRuleStorage: RuleStorage {
    /// The database.
    public let database: Database
    /// Where the states of rules are in the database's records.
    static let space: RecordSpace = "ktsdb.rules"

    /// Rules read and write `database`.
    public init(_ database: Database) { self.database = database }

    /// A read view of the database.
    public func view() -> any SeriesSource { database.readView() }

    /// Stores all of a commit, but for samples that are late or repeated.
    public func commit(_ commit: RuleCommit) throws(RuleError) -> RuleError? {
        do throws(AppendError) {
            let summary = try database.append { batch in commit.append(to: &batch) }
            // Markers are often late, where another rule has taken a series over, and that is no error.
            guard summary.rejected > commit.endedSeries.count else { return nil }
            return summary.rejections.keys.min { $0.rawValue < $1.rawValue }.map { .storage($0.prometheusText) }
        } catch {
            if case .notDurable = error { return .storage(error.description) }
            throw .storage(error.description)
        }
    }

    /// The records of all rules.
    func records() -> [String: [UInt8]] { database.readView().records(in: Self.space) }
}

extension RuleCommit {
    fileprivate func append(to batch: inout Batch) {
        for sample in samples {
            if let histogram = sample.histogram {
                batch.append(histogram, at: time, to: sample.labels)
            } else {
                batch.append(sample.value, at: time, to: sample.labels)
            }
        }
        for labels in endedSeries { batch.append(.staleMarker, at: time, to: labels) }
        for (key, bytes) in records { batch.change(key, to: bytes, in: DatabaseRuleStorage.space) }
    }
}

extension RejectionReason {
    /// The words that Prometheus has for it.
    fileprivate var prometheusText: String {
        switch self {
        case .outOfOrder: "out of order sample"
        case .tooOld: "too old sample"
        case .outOfBounds: "out of bounds"
        case .tooFarInFuture: "out of bounds"
        default: rawValue
        }
    }
}

package import KTSDBEngine
package import KTSDBModel

extension HeartbeatExpectation {
    /// Stores that the heartbeat arrived at `now`.
    package func note(at now: Timestamp, in database: Database) throws(AppendError) {
        try database.append { $0.append(Double(now.milliseconds) / 1000, at: now, to: seriesLabels) }
    }

    /// Begins to expect heartbeats: one that has never arrived counts as if it had arrived at `now`.
    package static func begin(
        _ expectations: [HeartbeatExpectation], at now: Timestamp, in database: Database
    ) throws {
        let view = database.readView()
        for expectation in expectations {
            if try view.newest(of: expectation.seriesLabels) != nil { continue }
            try expectation.note(at: now, in: database)
        }
    }
}

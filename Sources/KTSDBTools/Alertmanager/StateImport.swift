package import KTSDBEngine
internal import KTSDBModel
package import KTSDBNotify

/// Takes over the state of an Alertmanager: what it has silenced, and what it has notified about.
package enum StateImport {
    /// Reads the files `silences` and `nflog` of a directory into a database that no server uses. What the database has
    /// in a newer version stays.
    ///
    /// Returns what there is to say; after an error, nothing was changed.
    package static func run(
        _ directory: String, _ files: ToolFiles, into database: Database, at now: WallTime
    ) -> ToolOutput {
        var output = ToolOutput()
        do {
            let known = state(database)
            var records: [StateRecord] = []
            if let bytes = try read(directory + "/silences", files) {
                let new = try SilenceSnapshot.silences(bytes).filter { silence in
                    !silence.id.isEmpty
                        && (known.silences[id: silence.id].map { $0.updatedAt < silence.updatedAt } ?? true)
                }
                records += new.map { StateRecord(space: .silences, key: $0.id, bytes: $0.record) }
                output.print("silences: \(new.count) imported")
            }
            if let bytes = try read(directory + "/nflog", files) {
                let new = try LogSnapshot.entries(bytes).filter { key, entry in
                    entry.expiresAt > now && (known.log[key].map { $0.time < entry.time } ?? true)
                }
                records += new.map {
                    StateRecord(
                        space: .log, key: NotificationLog.recordKey($0.key),
                        bytes: NotificationLog.record($0.key, $0.entry))
                }
                output.print("notification log: \(new.count) entries imported")
            }
            guard !output.pieces.isEmpty else {
                throw AmtoolProblem(
                    "\(directory) has neither silences nor nflog; give --storage.path of the Alertmanager")
            }
            try store(records, database)
        } catch {
            output = ToolOutput()
            output.complain("ktsdb: error: \(error)")
            output.code = 1
        }
        return output
    }

    private static func read(_ path: String, _ files: ToolFiles) throws -> [UInt8]? {
        files.kind(path) == .file ? try files.bytes(path) : nil
    }

    private static func state(_ database: Database) -> StoredState {
        var state = StoredState()
        let view = database.readView()
        for space in [StateRecord.Space.silences, .log] {
            for bytes in view.records(in: RecordSpace(space.rawValue)).values { state.add(space, bytes) }
        }
        return state
    }

    /// One commit has this many records at most.
    private static let commitLimit = 1000

    private static func store(_ records: [StateRecord], _ database: Database) throws {
        for start in stride(from: 0, to: records.count, by: commitLimit) {
            try database.append { batch in
                for record in records[start..<min(start + commitLimit, records.count)] {
                    batch.change(record.key, to: record.bytes, in: RecordSpace(record.space.rawValue))
                }
            }
        }
    }
}

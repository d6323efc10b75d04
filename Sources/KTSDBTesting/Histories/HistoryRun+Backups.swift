internal import KTSDBEngine
internal import KTSDBModel

extension HistoryRun {
    private static let storePath = "/store", restoredPath = "/restored"

    /// Makes a backup, on the disk of the database. All backups must then be there as they were made.
    mutating func makeBackup(of database: Database) throws(HistoryFailure) {
        let keeping = generator.oneIn(2) ? 1 + generator.below(3) : nil
        guard let shown = try contentsBeforeFaults(of: database) else { return }
        do throws(BackupError) {
            let report = try database.backup(to: BackupStore(files: disk, path: Self.storePath), keeping: keeping)
            backups[report.backup.name] = shown
        } catch {
            steps.append("  \(error)")
            // It may be there all the same.
            backups["?"] = shown
        }
        try checkBackups()
    }

    /// Returns what the database shows; nil if the power goes meanwhile. A fault that goes off in the reading is over.
    private func contentsBeforeFaults(of database: Database) throws(HistoryFailure) -> HistoryContents? {
        let faults = disk.faultCount
        do throws(HistoryFailure) { return try contents(of: database.readView()) } catch {
            if disk.hasCrashed { return nil }
            guard disk.faultCount > faults else { throw error }
            return try contents(of: database.readView())
        }
    }

    /// Restores every backup on a copy of the disk, and compares it with what the database showed when it was made.
    private mutating func checkBackups() throws(HistoryFailure) {
        let copy = disk.hasCrashed ? disk.crashImage(seed: generator.next()) : disk.processEndImage()
        copy.setCapacity(nil)
        let store = BackupStore(files: copy, path: Self.storePath)
        let found: [String]
        do throws(BackupError) { found = try store.list().map(\.name) } catch .notStore {
            found = []
        } catch { throw failure("the backups cannot be listed: \(error)") }
        // The newest of those that are known is never removed before a newer one is complete.
        if let last = backups.keys.filter({ $0 != "?" }).max(), found.last ?? "" < last {
            throw failure("the backup \(last) is gone; there are \(found)")
        }
        for name in found {
            guard let expected = backups[name] ?? backups["?"] else { throw failure("there is a backup \(name)") }
            let shown: HistoryContents, horizon: Int64?
            do {
                try store.restore(name, to: Self.restoredPath)
                let restored = try Database(files: copy, path: Self.restoredPath, configuration: configuration)
                shown = try contents(of: restored.readView())
                horizon = restored.statistics.retention.horizon?.milliseconds
                copy.removeTree(Self.restoredPath)
            } catch let error as HistoryFailure { throw error } catch {
                throw failure("the backup \(name) cannot be restored: \(error)")
            }
            // What is too old by now is not shown.
            if let difference = shown.difference(from: expected, since: horizon) {
                throw failure("the backup \(name) shows: \(difference)")
            }
        }
        backups = backups.filter { found.contains($0.key) }
    }
}

internal import KTSDBModel
internal import Synchronization

extension Database {
    /// Adds a backup of the database as it is now to a store of backups, which may be on another disk.
    ///
    /// A snapshot is made first, which takes as long as writing the samples in memory to the disk; it goes when the
    /// backup is complete. While its blocks are copied, appends, queries, seals and compactions continue.
    ///
    /// - Parameters:
    ///   - store: Where the backup goes.
    ///   - keeping: How many backups to keep, the newest ones, this one included; nil keeps all.
    ///   - skipHead: Whether to leave out what is not in blocks yet, as for ``snapshot(skipHead:)``.
    ///   - progress: Called after each piece that was copied, on the caller's thread.
    /// - Returns: The backup, and what it took.
    /// - Throws: ``BackupError``; the backups that were there are as they were, except that older ones may have been
    ///   removed if the new one exists.
    @discardableResult
    public func backup(
        to store: BackupStore, keeping: Int? = nil, skipHead: Bool = false,
        progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) -> BackupReport {
        let now = configuration.wallClock()
        return try withSnapshot(skipHead: skipHead) { source throws(BackupError) in
            try store.add(source, at: now, keeping: keeping, progress: progress)
        }
    }

    /// Makes a database of its own, with its own id, that has what this one has now: in a directory that is empty or
    /// does not exist. Blocks are hard-linked where the disk allows and copied, with all checksums compared, where it
    /// does not. Each of the two can be written and removed without the other.
    ///
    /// - Parameters:
    ///   - target: The directory of the new database.
    ///   - skipHead: Whether to leave out what is not in blocks yet, as for ``snapshot(skipHead:)``.
    ///   - progress: Called after each block, on the caller's thread.
    /// - Throws: ``BackupError``; nothing is left in `target`.
    public func clone(
        to target: String, skipHead: Bool = false, progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) {
        try withSnapshot(skipHead: skipHead) { source throws(BackupError) in
            try source.write(to: target, in: files, links: true, progress: progress) { $0.path(in: source.path) }
        }
    }

    /// Does the same from a snapshot: a directory in `snapshots/` of a data directory that nobody has opened.
    /// - Throws: ``BackupError``; nothing is left in `target`.
    public static func clone(
        snapshot: String, to target: String, progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) {
        let files = POSIXFileSystem(), source = try SealedDirectory(files, snapshot)
        try source.write(to: target, in: files, links: true, progress: progress) { $0.path(in: snapshot) }
    }

    /// Removes a snapshot, whether complete or not.
    /// - Parameter snapshot: The snapshot's directory, in `snapshots/` of a data directory.
    public static func removeSnapshot(_ snapshot: String) { FileTree.remove(snapshot, POSIXFileSystem()) }

    /// Makes a snapshot for the time that `body` takes.
    private func withSnapshot<Value>(
        skipHead: Bool, _ body: (SealedDirectory) throws(BackupError) -> Value
    ) throws(BackupError) -> Value {
        guard log != nil, !isReading else { throw .snapshot(.noDirectory) }
        // A copy without them would look whole, and older backups that have them would go.
        if let (number, missing) = commit.withLock({ $0.missing }).min(by: { $0.key < $1.key }) {
            throw .damaged(
                path: FileName.path(path, .block, number), detail: "\(missing.cause); repair the database first")
        }
        let result = copying.withLock { _ -> Result<Value, BackupError> in
            do throws(BackupError) {
                let directory: String
                do throws(SnapshotError) { directory = try unfinishedSnapshot(skipHead: skipHead) } catch {
                    throw .snapshot(error)
                }
                defer { FileTree.remove(directory, files) }
                return .success(try body(try SealedDirectory(files, directory)))
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}

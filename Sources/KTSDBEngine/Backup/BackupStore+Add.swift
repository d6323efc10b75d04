internal import CLibrary
internal import KTSDBModel

extension BackupStore {
    /// Adds a backup of a snapshot: a directory in `snapshots/` of a data directory that nobody has opened. That is how
    /// another process than the one that made the snapshot makes a backup.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot's directory.
    ///   - keeping: How many backups to keep, the newest ones, this one included; nil keeps all.
    ///   - progress: Called after each piece that was copied.
    /// - Returns: The backup, and what it took.
    /// - Throws: ``BackupError``; the backups that were there are as they were, except that older ones may have been
    ///   removed if the new one exists.
    @discardableResult
    public func add(
        snapshot: String, keeping: Int? = nil, progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) -> BackupReport {
        let now = Timestamp.now.milliseconds
        return try add(try SealedDirectory(files, snapshot), at: now, keeping: keeping, progress: progress)
    }

    /// Adds a backup of `source`, made at a time in milliseconds.
    func add(
        _ source: SealedDirectory, at time: Int64, keeping: Int?, progress: (CopyProgress) -> Void
    ) throws(BackupError) -> BackupReport {
        let lock = try prepare()
        defer { lock.release() }
        let number = (try names().last.flatMap(Self.number) ?? 0) + 1
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 6 - digits.count))
        let name = "\(padding)\(digits)-\(CompactTime.text(milliseconds: time))"
        var report = BackupReport(backup: Backup(name, source))
        try copyBlocks(of: source, &report, progress)
        try publish(source, as: name)
        if let keeping { try removeOld(keeping: keeping, &report) }
        return report
    }

    /// Removes all but the newest `count` backups, and the blocks that only those had.
    /// - Throws: ``BackupError``; the backups that are left are whole.
    @discardableResult
    public func prune(keeping count: Int) throws(BackupError) -> (backups: [String], blocks: Int) {
        guard try !names().isEmpty else { return ([], 0) }
        let lock = try prepare()
        defer { lock.release() }
        var report = BackupReport(backup: Backup(name: ""))
        try removeOld(keeping: count, &report)
        return (report.removedBackups, report.removedBlocks)
    }

    /// Creates the store if it is missing, takes its lock, and removes what an unfinished backup has left.
    private func prepare() throws(BackupError) -> any FileLock {
        do throws(FileError) {
            if try files.exists(path), try !files.exists(backupsPath),
                try files.list(path).contains(where: { ![FileName.lock, "blocks", "lost+found"].contains($0) })
            {
                throw FileError(path, "create", ENOTEMPTY)
            }
            for directory in [path, blocksPath, backupsPath] { try files.createDirectory(directory) }
            let lock = try files.lock("\(path)/\(FileName.lock)")
            for name in try files.list(backupsPath) where name.hasSuffix(Self.unfinished) {
                FileTree.remove(path(of: name), files)
            }
            for name in try files.list(blocksPath) where name.hasSuffix(Self.unfinished) {
                try files.remove("\(blocksPath)/\(name)")
            }
            return lock
        } catch {
            if error.code == ENOTEMPTY { throw .notStore(path: path) }
            throw BackupError(error)
        }
    }

    private func copyBlocks(
        of source: SealedDirectory, _ report: inout BackupReport, _ progress: (CopyProgress) -> Void
    ) throws(BackupError) {
        var missing: [SealedDirectory.Member] = []
        do throws(FileError) {
            let there = Set(try files.list(blocksPath))
            for member in source.members {
                let name = blockName(member.summary)
                if there.contains(name) {
                    // A block whose length has changed since is damaged: it is copied again.
                    if try files.open("\(blocksPath)/\(name)").byteCount == member.summary.byteCount { continue }
                    try files.remove("\(blocksPath)/\(name)")
                }
                missing.append(member)
            }
        } catch { throw BackupError(error) }
        var done = CopyProgress()
        done.total = missing.reduce(0) { $0 + $1.summary.byteCount }
        try withoutActuallyEscaping(progress) { progress throws(BackupError) in
            let copy = BlockCopy(source: source.files, target: files) { count in
                done.bytes += UInt64(count)
                progress(done)
            }
            for member in missing {
                try copy.copy(
                    member.summary, at: member.path(in: source.path), to: "\(blocksPath)/\(blockName(member.summary))")
            }
        }
        report.copiedBlocks = missing.count
        report.copiedBytes = done.total
        do throws(FileError) { try files.syncDirectory(blocksPath) } catch { throw BackupError(error) }
    }

    /// Writes the list of blocks and gives it its name: from then on the backup exists.
    private func publish(_ source: SealedDirectory, as name: String) throws(BackupError) {
        let temporary = path(of: name) + Self.unfinished
        do throws(BackupError) {
            do throws(FileError) {
                try files.createDirectory(temporary)
                // Keeps the directory from being opened as a database: its blocks are in the store.
                let marker = try files.create("\(temporary)/\(FileName.incomplete)")
                defer { marker.close() }
                try marker.sync()
            } catch { throw BackupError(error) }
            try source.writeList(to: temporary, in: files)
            do throws(FileError) {
                try files.syncDirectory(temporary)
                try files.rename(temporary, to: path(of: name))
                try files.syncDirectory(backupsPath)
            } catch { throw BackupError(error) }
        } catch {
            FileTree.remove(temporary, files)
            // If its new name could not be made durable, it is not promised.
            try? hide(name)
            throw error
        }
    }

    /// Takes a backup's name away, so that it does not exist any more, durably.
    private func hide(_ name: String) throws(FileError) {
        guard try files.exists(path(of: name)) else { return }
        try files.rename(path(of: name), to: path(of: name) + Self.unfinished)
        try files.syncDirectory(backupsPath)
        FileTree.remove(path(of: name) + Self.unfinished, files)
    }

    private func removeOld(keeping count: Int, _ report: inout BackupReport) throws(BackupError) {
        for name in try names().dropLast(max(1, count)) {
            do throws(FileError) { try hide(name) } catch { throw BackupError(error) }
            report.removedBackups.append(name)
        }
        // While a list cannot be read, nobody knows which blocks it names.
        let backups = try names()
        var named: Set<String> = []
        for name in backups {
            do throws(BackupError) {
                for member in try SealedDirectory(files, path(of: name)).members {
                    named.insert(blockName(member.summary))
                }
            } catch { return }
        }
        do throws(FileError) {
            for name in try files.list(blocksPath) where !named.contains(name) && name.hasSuffix(".block") {
                try files.remove("\(blocksPath)/\(name)")
                report.removedBlocks += 1
            }
        } catch { throw BackupError(error) }
    }
}

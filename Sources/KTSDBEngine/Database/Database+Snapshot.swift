internal import KTSDBModel
internal import Synchronization

extension Database {
    /// Makes a snapshot in `snapshots/` of the data directory and returns its name. A snapshot is a data directory of
    /// its own, which can be opened or copied, with all samples and records. Blocks are hard-linked, so it takes at
    /// most the space of what was in memory.
    ///
    /// - Parameter skipHead: Whether to leave out what is not in blocks yet; otherwise that is sealed first. The
    ///   records are those of the last seal, so that none is ahead of the samples; none if nothing was sealed since the
    ///   database was opened with commits after its last seal.
    /// - Returns: The snapshot's name: the time it was made and a random part, as Prometheus names its snapshots.
    /// - Throws: ``SnapshotError`` when sealing or a file operation failed; what was written of the snapshot is
    ///   removed.
    public func snapshot(skipHead: Bool = false) throws(SnapshotError) -> String {
        let result = maintenance.withLock { state -> Result<String, SnapshotError> in
            let name = Self.snapshotName(at: configuration.wallClock())
            let target = "\(FileName.directory(path, .snapshots))/\(name)", temporary = target + ".tmp"
            do throws(SnapshotError) {
                try makeSnapshot(temporary, skipHead: skipHead, &state)
                do throws(FileError) {
                    try files.rename(temporary, to: target)
                    try files.syncDirectory(FileName.directory(path, .snapshots))
                } catch { throw SnapshotError(error) }
                return .success(name)
            } catch {
                for path in [temporary, target] { FileTree.remove(path, files) }
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Makes a snapshot under a name that says it is not finished, removes all others of that kind, and returns its
    /// directory. Called by one thread at a time.
    func unfinishedSnapshot(skipHead: Bool) throws(SnapshotError) -> String {
        let result = maintenance.withLock { state -> Result<String, SnapshotError> in
            Self.removeUnfinishedSnapshots(files, path)
            let name = Self.snapshotName(at: configuration.wallClock()) + ".tmp"
            let directory = "\(FileName.directory(path, .snapshots))/\(name)"
            do throws(SnapshotError) {
                try makeSnapshot(directory, skipHead: skipHead, &state)
                return .success(directory)
            } catch {
                FileTree.remove(directory, files)
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Removes the snapshots that were never finished.
    static func removeUnfinishedSnapshots(_ files: any FileSystem, _ path: String) {
        let snapshots = FileName.directory(path, .snapshots)
        for name in (try? files.list(snapshots)) ?? [] where name.hasSuffix(".tmp") {
            FileTree.remove("\(snapshots)/\(name)", files)
        }
    }

    /// Writes the samples in memory into blocks now, whatever their age.
    package func seal() throws(SnapshotError) {
        let failure = maintenance.withLock { state in seal(&state) ? nil : state.sealFailure ?? "" }
        if let failure { throw .sealFailed(failure) }
    }

    private func makeSnapshot(
        _ directory: String, skipHead: Bool, _ state: inout MaintenanceState
    ) throws(SnapshotError) {
        guard log != nil, !isReading else { throw .noDirectory }
        guard !commit.withLock({ $0.isClosed }) else { throw .closed }
        if let error = log?.check() { throw SnapshotError(error) }
        if !skipHead, !seal(&state) { throw .sealFailed(state.sealFailure ?? "") }
        var records = state.sealedRecords
        // Deletions are about what is in blocks, so that none is ahead of the samples.
        for space in [DeletionRecord.space, Self.rollupRegionSpace] {
            records.replace(space, by: head.sideData.withLock { $0.records })
        }
        let blocks = commit.withLock { $0.blocks.map(\.summary) }.sorted { $0.number < $1.number }
        var known = manifest.state
        let rollups = rollups
        // The snapshot numbers its commits from here on, and none may come before the deletions that rollups know.
        if let rollups {
            known.sealedThrough = max(known.sealedThrough, RollupRank.asOf(rollups.manifest.state.sealedThrough))
        }
        let writer = SealedDirectoryWriter(files, directory)
        do throws(FileError) {
            try files.createDirectory(FileName.directory(path, .snapshots))
            try files.createDirectory(directory)
        } catch { throw SnapshotError(error) }
        let databaseID: UInt64
        do throws(ManifestError) { databaseID = try writer.writeManifest(of: known, blocks: blocks) } catch {
            throw .manifest(error.description)
        }
        try linkBlocks(blocks, to: directory)
        try rollups?.snapshotRollups(to: FileName.directory(directory, .rollups))
        do throws(LogError) {
            try writer.write(records, databaseID: databaseID, after: known.sealedThrough, acceptancePolicy.context)
        } catch { throw SnapshotError(error) }
        do throws(FileError) { try files.syncDirectory(directory) } catch { throw SnapshotError(error) }
    }

    /// Gives blocks second names in another data directory.
    private func linkBlocks(_ blocks: [BlockSummary], to directory: String) throws(SnapshotError) {
        do throws(FileError) {
            try files.createDirectory(FileName.directory(directory, .blocks))
            for block in blocks {
                try files.link(
                    FileName.path(path, .block, block.number), to: FileName.path(directory, .block, block.number))
            }
            try files.syncDirectory(FileName.directory(directory, .blocks))
        } catch { throw SnapshotError(error) }
    }

    /// Writes a snapshot of rollups into a directory. Called on the database of rollups, under the maintenance lock of
    /// the raw database.
    private func snapshotRollups(to directory: String) throws(SnapshotError) {
        let result = maintenance.withLock { _ -> Result<Void, SnapshotError> in
            do throws(SnapshotError) {
                let known = manifest.state
                let blocks = commit.withLock { $0.blocks.map(\.summary) }.sorted { $0.number < $1.number }
                do throws(FileError) { try files.createDirectory(directory) } catch { throw SnapshotError(error) }
                do throws(ManifestError) {
                    _ = try SealedDirectoryWriter(files, directory).writeManifest(of: known, blocks: blocks)
                } catch { throw .manifest(error.description) }
                try linkBlocks(blocks, to: directory)
                do throws(FileError) { try files.syncDirectory(directory) } catch { throw SnapshotError(error) }
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Returns a name as Prometheus would give it: the time in UTC to the second, and 16 random hexadecimal digits.
    private static func snapshotName(at milliseconds: Int64) -> String {
        "\(CompactTime.text(milliseconds: milliseconds))-\(FileName.digits(.random(in: 0 ... .max)))"
    }
}

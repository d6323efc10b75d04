internal import CLibrary
internal import KTSDBModel
internal import Synchronization

extension Database {
    /// The parts of an open database.
    struct Opened {
        var head: Head
        var pages: PageCache
        var log: LogWriter?
        var manifest: Manifest
        var lock: (any FileLock)?
        var space: DiskSpace?
        var report: RecoveryReport
        var state: CommitState
        var checkpoints = CheckpointKeeper()
        var unfinishedImports: [UInt64] = []
    }

    static func open(
        _ disk: any FileSystem, _ path: String, _ configuration: Configuration, isInMemory: Bool, isReading: Bool,
        isRollups: Bool
    ) throws(OpenError) -> Opened {
        if !isInMemory { try checkComplete(disk, path) }
        if isRollups { do throws(FileError) { try disk.createDirectory(path) } catch { throw OpenError(error) } }
        // The database around it has the lock, and watches the disk.
        let lock = try isInMemory || isRollups ? nil : takeLock(disk, path)
        let space =
            isInMemory || isReading || isRollups
            ? nil
            : DiskSpace(
                disk, path, reserveByteLimit: configuration.diskReserveByteLimit, wallClock: configuration.wallClock,
                monotonicClock: configuration.monotonicClock)
        let files = space?.guarded ?? disk
        do throws(OpenError) {
            let manifest = try openManifest(files, path)
            var report = RecoveryReport()
            report.followsClose = !(lock?.wasAbandoned ?? false)
            report.cutManifestBytes = manifest.report.cutByteCount
            report.manifestFindings = manifest.report.findings
            var isOutOfDate = manifest.report.isOutOfDate
            var state = CommitState(), unfinishedImports: [UInt64] = []
            let account = configuration.memory.map { MemoryAccount($0, .pages) }
            let pages = PageCache(byteLimit: configuration.pageCacheByteLimit, account: account)
            if isInMemory {
                do throws(FileError) {
                    try files.createDirectory(FileName.directory(path, .blocks))
                } catch { throw OpenError(error) }
            } else {
                var strays = StrayFiles(files, path, manifest, isReading: isReading)
                try strays.clear()
                if !isReading { removeUnfinishedSnapshots(files, path) }
                report.setAside = strays.setAside
                unfinishedImports = strays.publishedImports
                if strays.isOutOfDate, !strays.adoptedBlocks.isEmpty || !strays.adoptedCheckpoints.isEmpty {
                    report.manifestFindings.append("MANIFEST and its copy lacked edits that other files contain.")
                }
                isOutOfDate = isOutOfDate || strays.isOutOfDate
                report.adoptedBlocks = strays.adoptedBlocks
                report.adoptedCheckpoints = strays.adoptedCheckpoints
            }
            state.blocks = openBlocks(files, path, manifest.state, pages, &state.missing, &report)
            // Blocks of imports may have later samples, and those of a wrong clock may have been removed.
            state.newest = min(manifest.state.newest ?? .max, manifest.state.blocks.map(\.maxTime).max() ?? .min)
            state.sequence = manifest.state.sealedThrough
            state.rollupProgress = manifest.state.rollups
            state.removedBefore = manifest.state.removedThrough.map { $0 == .max ? $0 : $0 + 1 } ?? .min
            guard !isInMemory, !isRollups else {
                let head = Head(
                    configuration: HeadConfiguration(configuration), nextNumber: manifest.state.nextSeriesID)
                head.setExemplarLimit(configuration.exemplarLimit)
                head.series.withLock { $0.setLimits(configuration.seriesLimits) }
                return Opened(
                    head: head, pages: pages, log: nil, manifest: manifest, lock: lock, report: report, state: state)
            }
            let began = MonotonicClock.nanoseconds
            let restored = try loadCheckpoint(files, path, manifest.state, configuration, &state, &report)
            let loaded = MonotonicClock.nanoseconds
            let head =
                restored?.contents.head
                ?? Head(configuration: HeadConfiguration(configuration), nextNumber: manifest.state.nextSeriesID)
            head.series.withLock { $0.startJournals() }
            head.setExemplarLimit(configuration.exemplarLimit)
            let log = try replay(
                files, path, configuration, manifest, head, checkpoint: restored?.record.sequence,
                isReading: isReading, keepsAll: isOutOfDate, &state, &report)
            head.series.withLock { $0.setLimits(configuration.seriesLimits) }
            restoreDeletions(head, &state, &report)
            // From here on, an opening notices when the log's newest segment is missing. A full disk does not matter.
            if log.durableSegment > manifest.state.logSegment {
                try? manifest.commit(ManifestEdit(logSegment: log.durableSegment))
            }
            report.loadDuration = .nanoseconds(loaded - began)
            report.replayDuration = .nanoseconds(MonotonicClock.nanoseconds - loaded)
            let keeper = CheckpointKeeper(restored, isDue: !report.damagedCheckpoints.isEmpty)
            return Opened(
                head: head, pages: pages, log: log, manifest: manifest, lock: lock, space: space, report: report,
                state: state, checkpoints: keeper, unfinishedImports: unfinishedImports)
        } catch {
            lock?.release()
            throw error
        }
    }

    /// Makes sure that a directory is neither the target of a restore that has not ended nor a part of a backup.
    static func checkComplete(_ files: any FileSystem, _ path: String) throws(OpenError) {
        let isComplete: Bool
        do throws(FileError) { isComplete = try NewDirectory.isComplete(files, path) } catch { throw OpenError(error) }
        guard !isComplete else { return }
        throw .damaged(
            path: path,
            detail: "not a whole database: a restore into it has not ended, or it is part of a backup. Restore again "
                + "into an empty directory. Nothing was changed.")
    }

    private static func takeLock(_ files: any FileSystem, _ path: String) throws(OpenError) -> any FileLock {
        do throws(FileError) {
            try files.createDirectory(path)
            return try files.lock("\(path)/\(FileName.lock)")
        } catch {
            if error.code == EWOULDBLOCK {
                throw .locked(path: path, processID: Int32(error.detail.filter(\.isNumber)) ?? 0)
            }
            throw OpenError(error)
        }
    }

    private static func openManifest(_ files: any FileSystem, _ path: String) throws(OpenError) -> Manifest {
        do throws(ManifestError) {
            return try Manifest.open(fileSystem: files, directory: path) { () throws(FileError) -> UInt64 in
                let found = try DatabaseIdentity.find(files, path)
                return found ?? UInt64.random(in: 1...(.max))
            }
        } catch { throw OpenError(error) }
    }

    /// Opens the blocks that the MANIFEST names. Those that cannot be opened are reported and left alone.
    private static func openBlocks(
        _ files: any FileSystem, _ path: String, _ manifest: ManifestState, _ pages: PageCache,
        _ missing: inout [UInt64: MissingData], _ report: inout RecoveryReport
    ) -> [Block] {
        var blocks: [Block] = []
        for record in manifest.blocks {
            do throws(ReadError) {
                blocks.append(
                    try Block.open(
                        fileSystem: files, path: FileName.path(path, .block, record.number),
                        summary: record, pages: pages))
            } catch {
                report.damagedBlocks.append(error.description)
                missing[record.number] = MissingData(error, record.times, isWholeFile: true)
                pages.damage.note(error)
            }
        }
        return blocks.sorted { $0.summary.minTime < $1.summary.minTime }
    }

    private static func logOptions(
        _ files: any FileSystem, _ path: String, _ configuration: Configuration, _ manifest: Manifest
    ) throws(OpenError) -> LogOptions {
        var options = LogOptions()
        options.durability = configuration.durability
        options.segmentByteLimit = configuration.logSegmentByteLimit
        options.bodyByteLimit = configuration.logBodyByteLimit
        options.keptByteLimit = configuration.logKeptByteLimit
        options.replayGroupByteLimit = configuration.replayGroupByteLimit
        do throws(FileError) {
            let watch = try DirectoryWatch(files, path, manifest)
            options.checkDirectory = { isThorough throws(FileError) in try watch.check(isThorough: isThorough) }
        } catch { throw OpenError(error) }
        if let onEvent = configuration.onEvent {
            options.onFailure = { onEvent($0.map { .storageLost(StorageFault($0)) } ?? .storageRestored) }
        }
        return options
    }

    private static func replay(
        _ files: any FileSystem, _ path: String, _ configuration: Configuration, _ index: Manifest,
        _ head: Head, checkpoint: UInt64?, isReading: Bool, keepsAll: Bool, _ state: inout CommitState,
        _ report: inout RecoveryReport
    ) throws(OpenError) -> LogWriter {
        let manifest = index.state
        let options = try logOptions(files, path, configuration, index)
        do {
            var checkpoint = checkpoint
            // Without a checkpoint, a log that was never cut serves as one of the empty database.
            if checkpoint == nil, manifest.sealedThrough > 0,
                try LogRecovery<LoggedCommit>.isComplete(
                    fileSystem: files, directory: FileName.directory(path, .log), databaseID: manifest.databaseID)
            {
                checkpoint = 0
            }
            var replay = Replay(
                head: head, state: state, hasCheckpoint: checkpoint != nil,
                hasLaterImports: manifest.importedThrough > checkpoint ?? 0)
            let (log, logReport) = try LogRecovery<LoggedCommit>.recover(
                fileSystem: files, directory: FileName.directory(path, .log), databaseID: manifest.databaseID,
                sealedThrough: manifest.sealedThrough, checkpoint: checkpoint, newestSegment: manifest.logSegment,
                keepsAll: keepsAll, setAside: isReading ? nil : SetAside(files, path), options: options
            ) { group in replay.prepare(group) }
            replay.finish()
            state = replay.state
            state.sequence = max(state.sequence, log.lastSequence)
            report.log = logReport
            report.orphanedSamples = replay.orphanedSamples
            return log
        } catch let error as LogError {
            throw OpenError(error, path: path)
        } catch { throw .damaged(path: FileName.directory(path, .log), detail: "\(error)") }
    }
}

extension OpenError {
    init(_ error: FileError) {
        if error.code == ENOSPC || error.code == EDQUOT {
            self = .diskFull(path: error.path)
        } else {
            self = .file(path: error.path, operation: error.operation, code: error.code)
        }
    }
}

extension OpenError {
    init(_ error: ManifestError) {
        switch error {
        case .diskFull(let path): self = .diskFull(path: path)
        case .failed(let error), .undecided(let error): self.init(error)
        case .unsupportedVersion(let path, let found): self = .unsupportedFormat(path: path, found: found)
        case .damaged(let path, let offset, let reason):
            self = .damaged(
                path: path,
                detail: "damaged at byte \(offset): \(reason). Restore it from a snapshot or a backup. "
                    + "Nothing was changed.")
        case .missing(let path):
            self = .damaged(
                path: path,
                detail: "missing although the directory has data. Restore it from a snapshot or a backup, or move "
                    + "the data away. Nothing was changed.")
        }
    }

    /// Makes the error for the log of the database in the directory `path`.
    init(_ error: LogError, path: String) {
        switch error {
        case .diskFull(let path): self = .diskFull(path: path)
        case .failed(let error), .notDurable(_, let error): self.init(error)
        case .unsupportedVersion(let path, let found): self = .unsupportedFormat(path: path, found: found)
        case .malformed, .frameTooLarge, .closed:
            self = .damaged(path: FileName.directory(path, .log), detail: error.description)
        }
    }
}

internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// A database that is read while another process writes it: what was loaded at one moment, and what came since.
///
/// Between two seals of the writer, only two things happen to what a view shows: commits are added, and blocks are
/// exchanged for others. Both are done here, under the commit lock, so that views show them wholly or not at all.
/// Everything else, a seal above all, ends this object: another one is loaded, as opening would load it, and views of
/// this one stay as they are.
///
/// `@unchecked Sendable`: used by one thread at a time, under the follower's lock, except for `database`.
final class FollowedDatabase: @unchecked Sendable {
    /// What views are taken of; it has neither a log nor a lock of its own, and nothing is written through it.
    let database: Database
    private var files: FollowedFiles
    private var replay: Replay
    /// The records of deletions that the masks of blocks follow.
    private var deletions: RecordKeys?
    /// The last edit of the MANIFEST that views show.
    private var editNumber: UInt64

    /// How many groups of commits are decoded ahead and then applied at one moment, for which views wait. A group has
    /// at most `replayGroupByteLimit` bytes of the log, unless one commit has more.
    private static let groupsPerStep = 16

    // MARK: Loading

    /// Loads the database in the directory `path`.
    ///
    /// Files that are missing or damaged may have been replaced while they were read. So they only count as damaged if
    /// a second attempt finds the same.
    static func load(
        _ files: any FileSystem, _ path: String, _ configuration: Database.Configuration
    ) throws(OpenError) -> FollowedDatabase {
        var damage: [String]?
        for _ in 0..<FollowedFiles.attempts {
            do throws(FollowFailure) {
                let loaded = try FollowedDatabase(files, path, configuration)
                let found = loaded.damage
                if found.isEmpty || found == damage { return loaded }
                damage = found
            } catch {
                switch error {
                case .changed: continue
                case .failed(let error): throw error
                }
            }
        }
        throw .busy(path: path)
    }

    private init(
        _ disk: any FileSystem, _ path: String, _ configuration: Database.Configuration
    ) throws(FollowFailure) {
        let memory = configuration.memory ?? MemoryLedger(limit: configuration.memoryLimit)
        var configuration = configuration
        configuration.memory = memory
        var report = RecoveryReport(), state = Database.CommitState()
        let manifest: ManifestReader
        do throws(OpenError) {
            try Database.checkComplete(disk, path)
            manifest = try Self.manifest(disk, path)
        } catch { throw .failed(error) }
        let known = manifest.state
        state.newest = known.blocks.map(\.maxTime).max() ?? .min
        state.sequence = known.sealedThrough
        let restored: (record: CheckpointRecord, contents: CheckpointContents)?
        do throws(OpenError) {
            restored = try Database.loadCheckpoint(disk, path, known, configuration, &state, &report)
        } catch { throw .failed(error) }
        let head =
            restored?.contents.head
            ?? Head(configuration: HeadConfiguration(configuration), nextNumber: known.nextSeriesID)
        head.setExemplarLimit(configuration.exemplarLimit)
        var start = restored?.record.sequence
        if start == nil { start = try Self.start(of: disk, path, known) }
        let pages = PageCache(byteLimit: configuration.pageCacheByteLimit, account: MemoryAccount(memory, .pages))
        files = FollowedFiles(
            disk, path, manifest, pages, checkpoint: start, groupByteLimit: configuration.replayGroupByteLimit)
        try files.look()
        replay = Replay(head: head, state: state, hasCheckpoint: start != nil)
        while files.log.groupCount > 0 {
            for group in try files.takeCommits(groups: 1) { if let work = replay.prepare(group) { work() } }
        }
        replay.finish()
        state = replay.state
        state.sequence = max(state.sequence, files.log.lastSequence)
        state.blocks = files.blocks.values.sorted { $0.summary.minTime < $1.summary.minTime }
        state.missing = files.missing.mapValues { $0.data }
        report.orphanedSamples = replay.orphanedSamples
        deletions = head.sideData.withLock { $0.records.spaces[DeletionRecord.space] }
        Database.restoreDeletions(head, &state, &report)
        for (number, data) in state.missing where files.missing[number] == nil { files.leaveOut(number, data) }
        editNumber = files.editNumber
        let contents = Manifest.Contents(
            state: files.state, file: ManifestFile(disk, path, FileName.manifest),
            copy: ManifestFile(disk, path, FileName.manifestCopy))
        let opened = Database.Opened(
            head: head, pages: pages, log: nil,
            manifest: Manifest(disk, path, .max, Manifest.Report(), contents), lock: nil, report: report, state: state)
        database = Database(
            opened, files: disk, path: path, configuration: configuration, memory: memory, isReading: true)
        database.begin()
    }

    private static func manifest(_ files: any FileSystem, _ path: String) throws(OpenError) -> ManifestReader {
        do throws(ManifestError) { return try ManifestReader(files, path) } catch { throw OpenError(error) }
    }

    /// Where the log begins to be read without a checkpoint: a log that was never cut serves as one of the empty
    /// database.
    private static func start(
        of files: any FileSystem, _ path: String, _ manifest: ManifestState
    ) throws(FollowFailure) -> UInt64? {
        do throws(LogError) {
            return try LogRecovery<LoggedCommit>.isComplete(
                fileSystem: files, directory: FileName.directory(path, .log), databaseID: manifest.databaseID) ? 0 : nil
        } catch {
            // The first segment was removed after it had been listed.
            if case .failed(let error) = error, error.code == ENOENT { throw .changed }
            throw .failed(OpenError(error, path: path))
        }
    }

    /// What is damaged or missing, in sentences.
    var damage: [String] {
        var found = RecoveryReport()
        found.damagedCheckpoints = database.recovery.damagedCheckpoints
        found.damagedDeletions = database.recovery.damagedDeletions
        found.orphanedSamples = database.recovery.orphanedSamples
        found.damagedBlocks = files.missing.sorted { $0.key < $1.key }.map { $0.value.data.cause.description }
        return found.unusable + files.log.damage.map(\.description)
    }

    /// A commit that is known to be on the disk, with all before it.
    var durableSequence: UInt64 { files.log.durableSequence }

    // MARK: Following

    /// Takes in what has changed.
    ///
    /// - Throws: ``FollowFailure``; views show what they showed before, or a later commit.
    func update() throws(FollowFailure) -> FollowedChanges {
        var changes = FollowedChanges()
        try files.look()
        let isSameEdit = files.editNumber == editNumber
        // With another list of blocks, the commits that were made before it and those after it come at one moment.
        guard isSameEdit || files.log.groupCount <= Self.groupsPerStep else { throw .changed }
        repeat {
            let groups = try files.takeCommits(groups: Self.groupsPerStep)
            if groups.isEmpty, isSameEdit { break }
            apply(groups, &changes)
            guard replay.orphanedSamples == database.recovery.orphanedSamples else { throw .changed }
        } while files.log.groupCount > 0
        editNumber = files.editNumber
        database.head.reclaim()
        database.observeRetention()
        return changes
    }

    /// Applies commits and shows the blocks that there are now, at one moment.
    private func apply(_ groups: [FrameGroup<LoggedCommit>], _ changes: inout FollowedChanges) {
        database.manifest.follow(files.state)
        database.commit.withLock { state in
            replay.state = state
            for group in groups {
                if let work = replay.prepare(group) { work() }
                changes.commits += group.count
            }
            replay.settle()
            state = replay.state
            state.sequence = max(state.sequence, files.log.lastSequence)
            show(&state, &changes)
            database.newestTime.store(state.newest, ordering: .relaxed)
        }
    }

    /// Takes over the blocks, under the masks of the deletions that are known now.
    private func show(_ state: inout Database.CommitState, _ changes: inout FollowedChanges) {
        let records = database.head.sideData.withLock { $0.records.spaces[DeletionRecord.space] }
        let areSame = records == deletions
        if !areSame {
            deletions = records
            state.deletions = (records ?? RecordKeys()).sorted { $0.key < $1.key }
                .compactMap { DeletionRecord(key: $0.key, $0.value) }
        }
        var old: [UInt64: Block] = [:], shown: [Block] = []
        for block in state.blocks { old[block.summary.number] = block }
        for (number, block) in files.blocks {
            let known = old[number].flatMap { $0.summary == block.summary ? $0 : nil }
            if areSame, let known {
                shown.append(known)
                continue
            }
            do throws(ReadError) {
                let masked = try (known ?? block).hiding(state.deletions)
                shown.append(known == nil ? database.divided(masked) : masked)
            } catch { files.leaveOut(number, MissingData(error, block.times, isWholeFile: true)) }
        }
        changes.addedBlocks += shown.count { old[$0.summary.number]?.summary != $0.summary }
        changes.removedBlocks += old.values.count { files.blocks[$0.summary.number]?.summary != $0.summary }
        state.blocks = shown.sorted { $0.summary.minTime < $1.summary.minTime }
        state.missing = files.missing.mapValues { $0.data }
    }
}

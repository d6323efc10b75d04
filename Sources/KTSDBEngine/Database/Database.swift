internal import CLibrary
public import KTSDBModel
internal import Synchronization

/// A time-series database in a directory, or in memory: append samples, read them through views.
///
/// Safe for use by any number of threads and tasks at once. Calls block while they touch the disk. `readView()` and
/// queries do not wait for syncs, except while commits are written again after a failed one; appends that are not to be
/// durable wait when 8 MiB of commits are not synced.
///
/// A sample is in the log first, then in the head, and after the next seal in a block; the commit's sequence alone says
/// where (ARCHITECTURE.md). One process at a time has a directory open.
public final class Database: Sendable {
    /// What the commit lock guards: the order of commits and what views begin with.
    struct CommitState {
        /// The last commit; all of it is applied.
        var sequence: UInt64 = 0
        /// The newest timestamp ever stored; `Int64.min` before the first sample.
        var newest = Int64.min
        /// Open blocks, ascending by their first sample.
        var blocks: [Block] = []
        /// The blocks that the MANIFEST names and that cannot be opened, by number.
        var missing: [UInt64: MissingData] = [:]
        /// The deletions that are known, ascending by number. They change together with the masks of `blocks`, under
        /// the maintenance lock too.
        var deletions: [DeletionRecord] = []
        /// Where the classes of series begin; nil without retention rules. They change together with the masks of
        /// `blocks`.
        var cuts: RetentionCuts?
        /// The identity of the retention policy by which the masks of `blocks` hide what is too old.
        var maskedPolicy: UInt64 = 0
        /// The head generation that is being sealed, and the times that it holds.
        var sealing: HeadGeneration?
        var sealingTimes: ClosedRange<Int64> = 0...0
        /// The times that the open head generation holds, and when it got its first sample.
        var openMinTime = Int64.max, openMaxTime = Int64.min, openSince: Int64?
        var isClosed = false
        /// The database of rollups and the rules in force; nil while there is neither a rule nor a rollup.
        var rollups: RollupAttachment?
        /// The time before which blocks may have been removed.
        var removedBefore = Int64.min
        /// What has been rolled up, in a database of rollups; it changes together with `blocks`.
        var rollupProgress: [RollupProgress] = []
        var appended = 0, late = 0
        var rejected: [RejectionReason: Int] = [:]
    }

    /// The state of maintenance, used by one round at a time.
    struct MaintenanceState {
        /// A seal whose blocks are written, or being written, but not published.
        var seal: Seal?
        var sealFailure: String?
        /// When to try a failed seal again, by the clock that only goes forward.
        var retryAt: Int64 = 0
        /// When the last seal was published, by that clock; nil if there was none since the opening.
        var sealedAt: Int64?
        /// The epoch of that seal, or 0: series leave memory while no view from before it is open.
        var sealEpoch: UInt32 = 0
        /// When series that have ended are looked for next, by the clock that only goes forward.
        var sweepAt = Int64.min
        /// How many series have ended and wait for a seal that contains them.
        var endedSeries = 0
        /// The memory pressure that caches were adjusted to, and when free heap is given back at the earliest.
        var pressure = MemoryPressure.none, trimAt = Int64.min
        var checkpoints = CheckpointKeeper()
        /// How often the disk had been full when the log was last made shorter for it.
        var relievedLog = 0
        /// The records as they were where the last seal drew its line.
        var sealedRecords = RecordTable()
        /// When the log may be shortened again for the size limit, by the clock that only goes forward.
        var shortenLogAt = Int64.min
        /// Imports that are published and still marked as unfinished.
        var unfinishedImports: [UnfinishedImport] = []
        /// How often the maintenance thread looks.
        var pace = MaintenancePace()
    }

    // MARK: Set at opening, constant from then on

    let configuration: Configuration
    let files: any FileSystem
    let path: String
    /// Whether the database is only read: what is written is discarded when it is closed.
    let isReading: Bool
    /// Whether this is the database of rollups in the directory of another one: it has no log and nothing in memory.
    let isRollups: Bool
    let directoryLock: (any FileLock)?
    /// The room on the disk; nil in memory, and if the database is only read.
    let space: DiskSpace?
    /// When the database was opened, by its clock.
    let openedAt: Timestamp
    /// What opening found and did.
    public let recovery: RecoveryReport

    /// Counts what the database holds in memory, against ``Configuration/memoryLimit``. Give it to a `PromQLEngine`
    /// (`EngineOptions.memory`), and what queries hold counts as well.
    public let memory: MemoryLedger
    let accounts: MemoryAccounts

    // MARK: Parts with locks of their own

    let head: Head
    /// The block pages that were read last.
    let pages: PageCache
    /// The write-ahead log; nil in memory.
    let log: LogWriter?
    let manifest: Manifest
    let blockNumbers: BlockNumbers
    let observers = CommitObservers()

    // MARK: Locks, in the order in which they are taken

    /// Allows one step of scrubbing at a time.
    let scrubState = Mutex(ScrubState())

    /// Allows one backup or clone at a time.
    let copying = Mutex(())
    /// Allows one compaction at a time.
    let compaction = Mutex(CompactionState())
    /// Allows one round of maintenance at a time.
    let maintenance: Mutex<MaintenanceState>
    /// Orders the commits. Held for a commit's own work, never for a sync.
    let commit: Mutex<CommitState>
    /// What retention remembers; nothing is locked while this lock is held.
    let retentionState: Mutex<RetentionState>

    // MARK: Locks that are held for one access

    let maintenanceFigures = Mutex(MaintenanceFigures())
    /// What rolling up remembers from one step to the next; nothing is locked while this lock is held.
    let rollupState = Mutex(RollupState())
    let scrubStatistics = Mutex(ScrubStatistics())
    let compactionStatistics = Mutex(CompactionStatistics())
    let ticker = Mutex<Ticker?>(nil), compactionTicker = Mutex<Ticker?>(nil)

    // MARK: Atomics, read without a lock

    /// Samples before this time are not shown; `Int64.min` shows all.
    let horizon = Atomic(Int64.min)
    /// Set when the database is being closed, so that a running compaction gives up.
    let isStopping = Atomic(false)
    /// Set when a file of the log or of a checkpoint was found damaged whose contents are in memory.
    let needsCheckpoint = Atomic(false)
    /// The version of the list of damage that the records have.
    let rememberedDamage = Atomic(0)
    /// The window of late samples in milliseconds; `Int64.max` for no limit.
    let outOfOrderWindow: Atomic<Int64>
    /// The newest time ever stored: a copy of ``CommitState/newest``.
    let newestTime: Atomic<Int64>
    /// No block has a later sample; lower than that if none ever had.
    let latestInBlocks: Atomic<Int64>
    /// How often deletions have been stored, changed or undone, and imports shown, which changes what blocks show.
    let maskChanges = Atomic(0)
    /// The number of bytes of open chunks at which they are sealed; it follows the number of series.
    let openLimit: Atomic<Int>

    // MARK: What an application sees

    /// Why nothing can be stored at the moment; nil when it can. A fault is noticed by the next sync, or within a
    /// second when there is nothing to sync.
    public var storageFault: StorageFault? { log?.failure.map(StorageFault.init) }

    /// The durability of commits: what an append waits for.
    public var durability: Durability { configuration.durability }

    /// How many labels a series may have, and how long.
    public var labelLimits: LabelLimits { configuration.labelLimits }

    /// The commits that are made while this is iterated, so that an application can react to what it stores.
    public var commits: CommitSequence { CommitSequence(observers: observers) }

    /// Opens the database in the directory `path`, which is created if it is missing.
    ///
    /// What was committed before is read back: the last checkpoint in bulk, and the log since then, whose length is
    /// bounded, at tens of nanoseconds a sample.
    /// - Throws: ``OpenError``; no sample was removed or changed then.
    public convenience init(path: String, configuration: Configuration = .init()) throws(OpenError) {
        try self.init(files: POSIXFileSystem(), path: path, configuration: configuration)
    }

    /// Opens the database in the directory `path` for reading only: nothing in it is changed, and nobody can open it
    /// for writing meanwhile, except a snapshot that was never opened: it has no `LOCK` file.
    ///
    /// What an opening would repair or write happens only in memory, and so do appends; all of it is gone when the
    /// database is closed. There is no maintenance. Any number of processes can read at once.
    /// - Throws: ``OpenError``; ``OpenError/locked(path:processID:)`` while someone has it open for writing.
    public static func reading(
        path: String, configuration: Configuration = .init()
    ) throws(OpenError) -> Database {
        let disk = POSIXFileSystem()
        do throws(FileError) {
            guard try disk.exists(path) else { throw FileError(path, "open", ENOENT) }
        } catch { throw OpenError(error) }
        var configuration = configuration
        configuration.runsMaintenance = false
        configuration.durability = .buffered
        let files = OverlayFileSystem(over: disk) { path throws(FileError) in try disk.sharedLock(path) }
        return try Database(files: files, path: path, configuration: configuration, isReading: true)
    }

    /// Creates an empty database in memory: it has no log, and nothing outlives it. Sealed samples are blocks on the
    /// heap.
    public static func inMemory(_ configuration: Configuration = .init()) -> Database {
        do throws(OpenError) {
            return try Database(
                files: MemoryFileSystem(), path: "/memory", configuration: configuration, isInMemory: true)
        } catch { preconditionFailure("A database in memory needs nothing that can fail: \(error)") }
    }

    package convenience init(
        files: any FileSystem, path: String, configuration: Configuration, isInMemory: Bool = false,
        isReading: Bool = false, isRollups: Bool = false
    ) throws(OpenError) {
        var configuration = configuration
        let memory = configuration.memory ?? MemoryLedger(limit: configuration.memoryLimit)
        configuration.memory = memory
        let opened = try Self.open(
            files, path, configuration, isInMemory: isInMemory, isReading: isReading, isRollups: isRollups)
        self.init(
            opened, files: files, path: path, configuration: configuration, memory: memory, isReading: isReading,
            isRollups: isRollups)
        resumeImports(opened.unfinishedImports)
        if !isRollups { try attachRollups() }
        begin()
    }

    /// Puts the parts of an open database together; ``begin()`` comes next. The parts count what they hold in `memory`.
    init(
        _ opened: Opened, files: any FileSystem, path: String, configuration: Configuration, memory: MemoryLedger,
        isReading: Bool, isRollups: Bool = false
    ) {
        self.configuration = configuration
        self.files = opened.space?.guarded ?? files
        self.memory = memory
        accounts = MemoryAccounts(memory)
        self.path = path
        self.isReading = isReading
        self.isRollups = isRollups
        space = opened.space
        head = opened.head
        pages = opened.pages
        log = opened.log
        manifest = opened.manifest
        directoryLock = opened.lock
        blockNumbers = BlockNumbers(next: opened.manifest.state.nextBlockNumber)
        recovery = opened.report
        openedAt = Timestamp(milliseconds: configuration.wallClock())
        newestTime = Atomic(opened.state.newest)
        latestInBlocks = Atomic(
            (opened.state.blocks.map(\.summary.maxTime)
                + opened.state.missing.values.map(\.range.upperBound.milliseconds)).max() ?? .min)
        outOfOrderWindow = Atomic(configuration.outOfOrderWindow?.milliseconds ?? .max)
        commit = Mutex(opened.state)
        retentionState = Mutex(
            RetentionState(
                clock: RetentionClock(
                    settledLimit: opened.manifest.state.settledAgeLimit,
                    settledPolicy: opened.manifest.state.settledPolicy),
                limits: configuration.retentionLimits))
        openLimit = Atomic(configuration.openByteLimit)
        let loaded = opened.checkpoints.latest?.record.sequence ?? 0
        // Without commits after the last seal, the records are those of its line.
        let isAllSealed = opened.state.sequence == opened.manifest.state.sealedThrough
        let sealedRecords = isAllSealed ? opened.head.sideData.withLock { $0.records } : RecordTable()
        maintenance = Mutex(MaintenanceState(checkpoints: opened.checkpoints, sealedRecords: sealedRecords))
        maintenanceFigures.withLock { $0.sequence = loaded }
        setRetention(configuration.retentionLimits)
        // If it fails, the first round of maintenance says so.
        try? noteByteLimit()
        restoreDamage()
    }

    /// Begins what an open database does by itself.
    func begin() {
        space?.finishOpening()
        reportSpace()
        countMemory()
        if let onEvent = configuration.onEvent { pages.damage.start { onEvent(.damageFound($0)) } }
        if configuration.runsMaintenance { startMaintenance() }
    }

    deinit { shutDown() }

    /// Returns a fixed view of the database after the last commit; appends continue meanwhile.
    public func readView() -> ReadView {
        commit.withLock { state in view(of: state) }
    }

    /// Returns a view of the state. Called under the commit lock.
    func view(of state: borrowing CommitState) -> ReadView {
        let generations = (state.sealing.map { [$0] } ?? []) + [head.openGeneration]
        let earliest = min(state.openMinTime, state.sealing == nil ? .max : state.sealingTimes.lowerBound)
        return ReadView(
            content: ViewContent(
                head: head, sequence: state.sequence, blocks: state.blocks, generations: generations,
                horizon: horizon.load(ordering: .relaxed), cuts: state.cuts, earliestInMemory: earliest,
                missing: state.missing.isEmpty ? [] : state.missing.sorted { $0.key < $1.key }.map(\.value),
                rollups: state.rollups?.view(rawSince: state.removedBefore),
                sideData: head.sideData.withLock { ($0.exemplars.pages, $0.metadata.entries, $0.records) }))
    }

    /// Statistics of the database as it is now.
    public var statistics: DatabaseStatistics {
        var result = DatabaseStatistics()
        commit.withLock { state in
            result.sequence = state.sequence
            result.appendedSamples = state.appended
            result.lateSamples = state.late
            result.rejectedSamples = state.rejected
            result.blocks = state.blocks.count
            result.deletions = state.deletions.count
            result.blockBytes = state.blocks.reduce(0) { $0 + $1.summary.byteCount }
            result.blockSamples = state.blocks.reduce(0) { $0 + $1.summary.sampleCount }
            let latest = state.blocks.reduce(state.openMaxTime) { max($0, $1.summary.maxTime) }
            let newest = state.sealing == nil ? latest : max(latest, state.sealingTimes.upperBound)
            result.maxTime = newest == .min ? nil : Timestamp(milliseconds: newest)
            let inMemory = min(state.openMinTime, state.sealing == nil ? .max : state.sealingTimes.lowerBound)
            result.headMinTime = inMemory == .max ? result.maxTime : Timestamp(milliseconds: inMemory)
            let earliest = min(inMemory, state.blocks.first?.summary.minTime ?? .max)
            result.minTime = earliest == .max ? nil : Timestamp(milliseconds: earliest)
            result.headChunks = state.sealing?.frozenChunkCount ?? 0
        }
        for slab in head.currentSlabs { result.headChunks += slab.content.withLock { $0.chunkCount } }
        head.series.withLock { series in
            result.series = series.count
            result.symbols = series.symbols.count
            result.indexBytes = series.memoryByteCount
            result.seriesLimits = series.groups.statistics(largest: 0, now: configuration.wallClock())
        }
        result.createdSeries = head.seriesNumberLimit - 1
        result.chunkBytes = head.chunkGauge.value
        result.memory = MemoryStatistics(memory)
        result.damagedPlaces = pages.damage.count
        result.storageFault = storageFault
        result.scrubbing = scrubStatistics.withLock { $0 }
        result.diskSpace = space?.statistics ?? DiskSpaceStatistics()
        head.sideData.withLock { sideData in
            result.exemplars = sideData.statistics
            result.records = sideData.records.count
        }
        result.durableSequence = log?.durableSequence ?? 0
        result.logBytes = log?.byteCount ?? 0
        result.logSegment = log?.segmentNumber ?? 0
        maintenanceFigures.withLock { $0.add(to: &result) }
        result.retention = retention
        result.rollups = rollupStatistics
        result.compactions = compactionStatistics.withLock { $0 }
        result.replayBytes = log?.byteCount(after: result.checkpointSequence) ?? 0
        return result
    }

    /// Seals what is in memory, syncs the log and releases the directory; a running compaction is given up. Later
    /// appends throw ``AppendError/closed``; open views can still be read. A second call does nothing.
    ///
    /// - Throws: ``StorageFault``: what keeps the next opening from finding the last commits. The database is closed
    ///   nevertheless, and nothing in the directory is changed any more.
    public func close() throws(StorageFault) {
        if let fault = shutDown() { throw fault }
    }

    /// Whether ``close()`` was called.
    package var isBeingClosed: Bool { isStopping.load(ordering: .relaxed) }

    @discardableResult
    private func shutDown() -> StorageFault? {
        isStopping.store(true, ordering: .relaxed)
        ticker.withLock { $0.take() }?.stop()
        compactionTicker.withLock { $0.take() }?.stop()
        abandonMerge()
        let wasClosed = commit.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return nil }
        observers.finish()
        defer { directoryLock?.release() }
        defer { closeRollups() }
        guard let log, !isReading else {
            try? log?.close()
            return nil
        }
        // What cannot be sealed now is in the log and will be replayed.
        if log.check() == nil {
            maintenance.withLock { state in
                _ = seal(&state)
                writeCheckpointIfDue(&state)
            }
        }
        do throws(LogError) {
            try log.close()
            return nil
        } catch { return StorageFault(error, path: path) }
    }
}

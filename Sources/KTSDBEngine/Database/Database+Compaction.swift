internal import KTSDBModel
internal import Synchronization

/// What compaction remembers from one round to the next.
struct CompactionState {
    /// When to try again after a failure, and how many there were in a row.
    var retryAt = Int64.min
    var failures = 0
    /// Blocks that cannot be read whole: they are left out until the next opening.
    var leftOut: Set<UInt64> = []
    /// A result that is not published yet.
    var written: WrittenCompaction?
    /// How often the compaction thread looks.
    var pace = MaintenancePace()
}

/// A compacted block that is complete and synced, before the MANIFEST names it.
struct WrittenCompaction {
    let plan: CompactionPlan
    let block: Block
    /// The total size of the inputs, in bytes.
    let readByteCount: UInt64
    /// The time of the last sample that was left out because it is too old for its class; nil if none was.
    var expiredThrough: Int64?
    /// Whether an edit that names it may be on the disk although committing it failed.
    var mayBeNamed = false
}

extension Database {
    /// Compacts all blocks that are due now, and returns how many new blocks that made.
    ///
    /// The database does this by itself, soon after a window of two hours, or a day, has passed. What is in memory is
    /// not sealed for it. Blocks that cannot be read are left out and named in ``CompactionStatistics/leftOut``. May
    /// take several times as long as reading and writing a day's samples, and waits for a compaction that is running in
    /// the background. Appends and queries continue meanwhile.
    /// - Throws: ``CompactionError`` at the first compaction that fails; those before it are kept.
    @discardableResult
    public func compact() throws(CompactionError) -> Int {
        switch compaction.withLock({ compactAll(&$0) }) {
        case .success(let count): return count
        case .failure(let error): throw CompactionError(error)
        }
    }

    /// Compacts what is due, unless the last attempt failed a short time ago.
    func compactIfDue() {
        guard configuration.compactsWhenDue else { return }
        compaction.withLock { state in
            if isDiskFull { relieveBlocks(&state) }
            if configuration.monotonicClock() >= state.retryAt { _ = compactAll(&state) }
        }
        reportSpace()
    }

    /// Waits until no compaction is running any more, and removes the remains of one.
    func abandonMerge() {
        compaction.withLock { state in
            if let written = state.written, !written.mayBeNamed, log?.failure == nil {
                removeBlockFile(written.block.summary.number)
            }
            state.written = nil
        }
    }

    /// How long to wait after consecutive failures: 5 seconds, twice as long each time, at most 10 minutes.
    private static func pause(_ failures: Int) -> Int64 { min(5_000 << Int64(min(failures, 20)), 600_000) }

    private func compactAll(_ state: inout CompactionState) -> Result<Int, CompactionFailure> {
        var count = 0
        while !isStopping.load(ordering: .relaxed) {
            do throws(CompactionFailure) {
                guard let published = try compactNext(&state) else {
                    if state.failures > 0 { compactionStatistics.withLock { $0.failure = nil } }
                    (state.failures, state.retryAt) = (0, .min)
                    return .success(count)
                }
                count += published ? 1 : 0
            } catch {
                note(error, &state)
                // Without the block that cannot be read, there may be others to compact.
                if case .input = error { continue }
                return .failure(error)
            }
        }
        return .failure(.cancelled)
    }

    func note(_ error: CompactionFailure, _ state: inout CompactionState) {
        switch error {
        case .cancelled: compactionStatistics.withLock { $0.cancelled += 1 }
        case .input(let number, _):
            state.leftOut.insert(number)
            compactionStatistics.withLock { figures in
                figures.failed += 1
                figures.failure = error.description
                figures.leftOut.append(number)
            }
        default:
            state.retryAt = configuration.monotonicClock() + Self.pause(state.failures)
            state.failures += 1
            compactionStatistics.withLock { figures in
                figures.failed += 1
                figures.failure = error.description
            }
        }
    }

    /// Compacts some blocks, or removes what is deleted from one; nil if nothing is due, false if that made no block:
    /// nothing was left, or one of the blocks has been removed meanwhile.
    private func compactNext(_ state: inout CompactionState) throws(CompactionFailure) -> Bool? {
        if state.written == nil {
            guard let next = nextCompaction(state.leftOut) else {
                return try reclaimNext(&state).map { $0.rewrittenBlocks > 0 }
            }
            try checkDirectory()
            defer { compactionStatistics.withLock { $0.current = nil } }
            state.written = WrittenCompaction(
                plan: next.plan, block: try write(next.plan, next.inputs, without: next.leftOut),
                readByteCount: next.byteCount, expiredThrough: Self.expired(next.inputs, next.leftOut))
            HeapMemory.releaseFreePages()
        }
        try checkDirectory()
        return try publish(&state)
    }

    /// Makes sure that the database's own directory is still in place before anything is written to it.
    func checkDirectory() throws(CompactionFailure) {
        if let error = log?.check() { throw .output(error) }
    }

    // MARK: Choosing

    /// Returns what is due and has room on the disk and within the limit of size; nil if that is nothing.
    private func nextCompaction(_ leftOut: Set<UInt64>) -> PlannedCompaction? {
        var leftOut = leftOut
        while let next = nextPlan(leftOut) {
            if hasRoomWithinLimit(for: next.byteCount), hasRoom(for: next.plan, of: next.inputs) { return next }
            // There may be room for others.
            leftOut.formUnion(next.plan.inputs)
        }
        return nil
    }

    /// Blocks that are due to be compacted, and what is left out of the result.
    struct PlannedCompaction {
        var plan: CompactionPlan
        var inputs: [Block]
        /// What is not in the result.
        var leftOut: LeftOut

        /// The bytes of all inputs: the result has no more.
        var byteCount: UInt64 { inputs.reduce(0) { $0 + $1.summary.byteCount } }
    }

    /// Returns what is due without these blocks; nil if that is nothing.
    func nextPlan(_ excluded: Set<UInt64>) -> PlannedCompaction? {
        let (blocks, earliest, leftOut, barriers) = commit.withLock { state in
            (
                state.blocks, state.sealing == nil ? state.openMinTime : .min, self.leftOut(state),
                state.compactionBarriers
            )
        }
        // A block that the MANIFEST names and that is not open is damaged, or about to be opened: others are not
        // compacted across it.
        var planner = CompactionPlanner(
            blocks: manifest.state.blocks, usable: Set(blocks.map(\.summary.number)).subtracting(excluded),
            now: configuration.wallClock(), earliestInMemory: earliest, barriers: barriers)
        if isRollups { planner.spans = CompactionPlanner.rollupSpans }
        limitSpans(of: &planner)
        if let limit = retentionState.withLock({ $0.figures.size.limit }) {
            planner.byteLimit = SizeRetention.largestPlan(within: limit)
        }
        guard let plan = planner.next() else { return nil }
        let inputs = plan.inputs.compactMap { number in blocks.first { $0.summary.number == number } }
        var planned = PlannedCompaction(plan: plan, inputs: inputs, leftOut: leftOut)
        // What has not been rolled up stays, however old it is.
        if !inputs.allSatisfy({ isRolledUp($0.summary.number) }) { planned.leftOut.expired = false }
        return planned
    }

    /// Whether the database may take this many bytes more, and leave some for the log. If it may not, the next round of
    /// maintenance makes room.
    func hasRoomWithinLimit(for byteCount: UInt64) -> Bool {
        guard let limit = retentionState.withLock({ $0.figures.size.limit }) else { return true }
        return storageUse.total + byteCount + logMargin <= limit
    }

    /// Blocks are removed whole, when their newest sample is older than the retention, so a day's block is made only if
    /// a day is at most a tenth of the time that its series are kept. With rules, it is made as soon as those that are
    /// kept for a shorter time are too old: nothing is gained by waiting any longer.
    private func limitSpans(of planner: inout CompactionPlanner) {
        let (policy, horizons) = retentionState.withLock { ($0.policy, $0.horizons) }
        let isShort = policy.keeps.map { keep in keep.map { $0 / 10 < planner.spans[1] } ?? false }
        if !isShort.contains(false) { planner.maximumLevel = 1 }
        for index in isShort.indices where isShort[index] {
            planner.longSpanEnd = min(planner.longSpanEnd, index < horizons.count ? horizons[index] : .min)
        }
    }

    // MARK: Writing

    /// Writes the samples of all inputs up to `latest`, except what is `leftOut`, into a new block, synced,
    /// and opens it.
    func write(
        _ plan: CompactionPlan, _ inputs: [Block], through latest: Int64 = .max, without leftOut: LeftOut = LeftOut(),
        leavingOut: (any ReadLimits)? = nil
    ) throws(CompactionFailure) -> Block {
        try checkRoom(for: inputs.reduce(0) { $0 + $1.summary.byteCount })
        compactionStatistics.withLock { $0.current = CompactionProgress(level: Int(plan.level), blocks: inputs.count) }
        let number = blockNumbers.next(), file = FileName.path(path, .block, number)
        let summary = try writeBlock(
            file, number, plan.level, inputs, through: latest, without: leftOut, leavingOut: leavingOut)
        do throws(FileError) { try files.syncDirectory(FileName.directory(path, .blocks)) } catch {
            removeBlockFile(number)
            throw .output(error)
        }
        do throws(ReadError) {
            return try Block.open(fileSystem: files, path: file, summary: summary, pages: pages)
        } catch {
            removeBlockFile(number)
            throw .result(error)
        }
    }

    /// Writes a block; if it throws, its file is removed.
    private func writeBlock(
        _ file: String, _ number: UInt64, _ level: UInt8, _ inputs: [Block], through latest: Int64,
        without leftOut: LeftOut, leavingOut: (any ReadLimits)?
    ) throws(CompactionFailure) -> BlockSummary {
        let lastSequence = inputs.map(\.summary.lastSequence).max() ?? 0
        // Blocks that replace are only compacted with others if nothing is left for the result to replace.
        let replaces = inputs.allSatisfy(\.summary.replaces)
        var writer: BlockWriter
        do throws(FileError) {
            writer = try BlockWriter(
                fileSystem: files, path: file, number: number, lastSequence: lastSequence, level: level,
                replaces: replaces, threshold: ColumnEncoder.small)
        } catch { throw .output(error) }
        writer.origin = origin(of: inputs)
        var merger = BlockMerger(
            inputs, through: latest, without: leftOut, sliceRows: configuration.compactionSliceRows,
            leavingOut: leavingOut, account: accounts.compactions)
        defer { accounts.compactions.set(0) }
        try merger.write(to: &writer) { done, total in
            if done % 256 == 0 {
                compactionStatistics.withLock { figures in
                    figures.current?.series = done
                    figures.current?.totalSeries = total
                }
            }
            return !isStopping.load(ordering: .relaxed)
        }
        let peak = merger.peakByteCount
        compactionStatistics.withLock { $0.peakBufferBytes = max($0.peakBufferBytes, peak) }
        accounts.compactions.set(writer.bufferedByteCount + writer.indexByteCount)
        do throws(FileError) { return try writer.finish() } catch { throw .output(error) }
    }

    /// The origin of a block that takes the place of others.
    private func origin(of inputs: [Block]) -> BlockOrigin {
        var earlier: Set<UInt64> = []
        for input in inputs {
            // If the origin is missing, a file that could not be removed, together with a lost MANIFEST, makes a block
            // be named twice, which does no harm.
            if case .compaction(let inputs, let before) = (try? input.origin())?.kind {
                earlier.formUnion(inputs + before)
            }
        }
        return BlockOrigin(
            .compaction(of: inputs.map(\.summary.number), earlier: Array(earlier)), nextSeriesID: head.seriesNumberLimit
        )
    }

    /// Checks that the disk has room for a block as long as all inputs together, and for the log to continue meanwhile,
    /// which it does not do while the disk is full.
    func checkRoom(for byteCount: UInt64) throws(CompactionFailure) {
        let free: UInt64
        do throws(FileError) { free = try files.freeBytes(at: path) } catch { throw .output(error) }
        let needed = byteCount + (isDiskFull ? 0 : logMargin)
        guard free >= needed else { throw .noRoom(path: path, needed: needed, free: free) }
    }

    // MARK: Publishing

    /// Makes the written block take the place of its inputs, with one edit of the MANIFEST. An empty block is
    /// discarded, and only the inputs are removed. Returns false, and discards the written block, if retention has
    /// removed one of the inputs meanwhile.
    func publish(_ state: inout CompactionState) throws(CompactionFailure) -> Bool {
        let written = state.written!
        let plan = written.plan, number = written.block.summary.number, isEmpty = written.block.seriesCount == 0
        let result = maintenance.withLock { _ -> Result<Bool, CompactionFailure> in
            do throws(CompactionFailure) { return .success(try replaceInputs(of: written)) } catch {
                return .failure(error)
            }
        }
        switch result {
        case .failure(let error):
            if case .manifest(.undecided) = error { state.written!.mayBeNamed = true }
            if case .result = error {
                state.written = nil
                removeBlockFile(number)
            }
            throw error
        case .success(let isPublished):
            state.written = nil
            // Views that show the inputs keep them open: their bytes stay until the last of these views is released.
            if isPublished { for input in plan.inputs { removeBlockFile(input) } }
            if !isPublished || isEmpty { removeBlockFile(number) }
            if isPublished { count(written) }
            return isPublished
        }
    }

    /// Publishes a written block, under the mask of deletions and retention as they are now. Called under the
    /// maintenance lock.
    private func replaceInputs(of written: WrittenCompaction) throws(CompactionFailure) -> Bool {
        let inputs = Set(written.plan.inputs)
        let isEmpty = written.block.seriesCount == 0
        guard inputs.isSubset(of: manifest.state.blocks.map(\.number)) else { return false }
        let block: Block
        do throws(ReadError) { block = divided(try written.block.hiding(commit.withLock { $0.deletions })) } catch {
            throw .result(error)
        }
        do throws(ManifestError) {
            try manifest.commit(
                ManifestEdit(
                    removed: written.plan.inputs, added: isEmpty ? [] : [block.summary],
                    rewrittenThrough: written.expiredThrough))
        } catch { throw .manifest(error) }
        commit.withLock { state in
            state.blocks.removeAll { inputs.contains($0.summary.number) }
            guard !isEmpty else { return }
            state.blocks = (state.blocks + [block]).sorted { $0.summary.minTime < $1.summary.minTime }
        }
        return true
    }

    /// Returns the time of the last sample that may be missing from the result because it is too old for its class.
    static func expired(_ inputs: [Block], _ leftOut: LeftOut) -> Int64? {
        guard leftOut.expired else { return nil }
        return inputs.compactMap { block in
            let parts = block.mask?.parts.filter { $0.deletion == nil } ?? []
            return parts.map { min($0.range.upperBound, block.span.upperBound) }.max()
        }.max()
    }

    private func count(_ written: WrittenCompaction) {
        compactionStatistics.withLock { figures in
            figures.completed += 1
            figures.inputBlocks += written.plan.inputs.count
            figures.samples += written.block.summary.sampleCount
            figures.bytesRead += written.readByteCount
            figures.bytesWritten += written.block.summary.byteCount
        }
    }

    /// Removes a file that the MANIFEST does not name. If that fails now, the next opening removes it.
    func removeBlockFile(_ number: UInt64) { try? files.remove(FileName.path(path, .block, number)) }
}

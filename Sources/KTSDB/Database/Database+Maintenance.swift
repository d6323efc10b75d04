internal import CKernels
internal import KTSDBModel
internal import Synchronization

extension Database {
    /// Starts the threads that sync, seal and merge.
    func startMaintenance() {
        if let log { log.startSyncThread() }
        let second: UInt64 = 1_000_000_000
        let ticker = Ticker(nanoseconds: second) { [weak self] in self?.runMaintenance() }
        let mergeTicker = Ticker(nanoseconds: second) { [weak self] in self?.mergeIfDue() }
        self.ticker.withLock { $0 = ticker }
        self.mergeTicker.withLock { $0 = mergeTicker }
        _ = ticker.start()
        _ = mergeTicker.start()
    }

    /// Does what is due: seals, drops blocks that retention has passed, lets series go that have ended, merges blocks.
    ///
    /// Called by the database's own threads, so that only merging is left to them then; by the application when the
    /// configuration has no such threads. May take as long as writing the samples in memory to the disk, and a day's samples.
    public func maintain() {
        runMaintenance()
        if !configuration.runsMaintenance { mergeIfDue() }
    }

    private func runMaintenance() {
        maintenance.withLock { state in
            let now = configuration.clock()
            if now >= state.retryAt, state.seal != nil || isSealDue(at: now) { _ = seal(&state) }
            if now >= state.checkpoints.retryAt { writeCheckpointIfDue(&state) }
            removeSegments()
            dropExpiredBlocks(at: now)
            retireQuietSeries(&state)
            head.reclaim()
        }
        if !configuration.runsMaintenance { log?.syncIfDue() }
    }

    /// Whether enough is in memory for blocks.
    private func isSealDue(at now: Int64) -> Bool {
        let seriesCount = head.series.withLock { $0.count }
        let limit = max(
            0, configuration.openByteLimit, saturatingProduct(max(0, configuration.openBytesPerSeries), seriesCount))
        openLimit.store(limit, ordering: .relaxed)
        if head.openGeneration.byteCount >= limit { return true }
        if let log, log.byteCount(after: manifest.state.sealedThrough) >= saturatingProduct(UInt64(limit), 4) {
            return true
        }
        return commit.withLock { state in
            guard let since = state.openSince, state.openMaxTime >= state.openMinTime else { return false }
            // Data from the past may come fast: a span of an hour alone would make many small blocks.
            let span = configuration.openSpanLimit.milliseconds
            let (length, overflow) = state.openMaxTime.subtractingReportingOverflow(state.openMinTime)
            return (overflow || length >= span) && now - since >= min(span, 600_000)
        }
    }

    /// Seals everything that is in memory now. Called by one thread at a time; true if all of it is in blocks.
    func seal(_ state: inout MaintenanceState) -> Bool {
        defer {
            let failure = state.sealFailure
            maintenanceFigures.withLock { $0.sealFailure = failure }
        }
        do throws(SealError) {
            if state.seal != nil { try continueSeal(&state) }
            try beginSeal(&state)
            if state.seal != nil { try continueSeal(&state) }
            state.sealFailure = nil
            return true
        } catch {
            state.sealFailure = error.description
            state.retryAt = configuration.clock() + 5_000
            return false
        }
    }

    /// Draws the line: what was committed so far belongs to the seal, what comes to the next one.
    private func beginSeal(_ state: inout MaintenanceState) throws(SealError) {
        guard state.seal == nil else { return }
        let seal = commit.withLock { state -> Result<Seal?, SealError> in
            guard state.openMaxTime >= state.openMinTime else { return .success(nil) }
            // The commits after the line go to a segment of their own, so that those before it can be removed.
            do throws(LogError) { try log?.rotate() } catch { return .failure(.log(error)) }
            let frozen = head.startGeneration()
            state.sealing = frozen
            (state.openMinTime, state.openMaxTime, state.openSince) = (.max, .min, nil)
            return .success(
                Seal(generation: frozen, through: state.sequence, notes: head.notes.withLock { $0.picture }))
        }
        state.seal = try seal.get()
    }

    private func continueSeal(_ state: inout MaintenanceState) throws(SealError) {
        var seal = state.seal!
        head.freezeAll()
        if seal.written == nil {
            var writer = SealWriter(
                files: files, path: path, through: seal.through, numbers: blockNumbers, notes: seal.notes)
            try writer.write(seal.generation, of: head)
            seal.written = try writer.finish()
            seal.leftExemplars = Set(writer.exemplars.values.joined())
            state.seal = seal
        }
        let written = seal.written!
        // A seal that was published and then failed to open its blocks comes here again.
        if manifest.state.sealedThrough < seal.through {
            do throws(ManifestError) {
                try manifest.commit(
                    ManifestEdit(
                        nextSeriesID: head.seriesNumberLimit, sealedThrough: seal.through, added: written.map(\.record))
                )
            } catch { throw .manifest(error) }
        }
        var opened: [Block] = []
        for summary in written {
            do throws(ReadError) {
                opened.append(
                    try Block.open(
                        fileSystem: files, path: Self.blockPath(path, summary.number), summary: summary, pages: pages))
            } catch { throw .read(error) }
        }
        let newest = commit.withLock { state in
            state.blocks = (state.blocks + opened).sorted { $0.summary.minTime < $1.summary.minTime }
            state.sealing = nil
            return state.newest
        }
        state.seal = nil
        let end = seal.notes.exemplars.pages.range.upperBound
        head.notes.withLock { $0.exemplars.noteSealed(through: end, left: seal.leftExemplars) }
        // Whoever opened a view before now may still want series that have no sample but in these blocks.
        state.retirement = (head.epochs.advance(), newest - Self.quietMilliseconds)
        state.checkpoints.isDue = true
        removeSegments()
        ktsdb_release_free_memory()
    }

    /// How long a series without samples stays in memory, at least.
    private static let quietMilliseconds: Int64 = 600_000

    /// Lets series go that have ended, once no view from before their seal is open.
    private func retireQuietSeries(_ state: inout MaintenanceState) {
        guard let (epoch, since) = state.retirement, (head.epochs.oldestView ?? .max) > epoch else { return }
        // Under the commit lock, so that no append comes between the look and the removal.
        commit.withLock { _ in head.retire(quietSince: since) }
        pruneMetadata()
        state.retirement = nil
    }

    /// Drops blocks whose newest sample is older than the retention: a MANIFEST edit first, then the files.
    private func dropExpiredBlocks(at now: Int64) {
        guard let retention = configuration.retention?.milliseconds else { return }
        let (blocks, newest) = commit.withLock { ($0.blocks, $0.newest) }
        let (horizon, overflow) = min(now, newest).subtractingReportingOverflow(retention)
        guard !overflow else { return }
        let expired = blocks.filter { $0.summary.maxTime < horizon }
        guard !expired.isEmpty else { return }
        let numbers = Set(expired.map(\.summary.number))
        guard (try? manifest.commit(ManifestEdit(removed: numbers.sorted()))) != nil else { return }
        commit.withLock { state in state.blocks.removeAll { numbers.contains($0.summary.number) } }
        for number in numbers { try? files.remove(Self.blockPath(path, number)) }
    }
}

/// The product of two numbers that are not negative, the largest number where it is larger than that.
private func saturatingProduct<Number: FixedWidthInteger>(_ first: Number, _ second: Number) -> Number {
    let (result, overflow) = first.multipliedReportingOverflow(by: second)
    return overflow ? .max : result
}

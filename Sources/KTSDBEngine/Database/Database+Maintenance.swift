internal import KTSDBModel
internal import Synchronization

extension Database {
    /// Starts the threads that sync, seal and compact.
    func startMaintenance() {
        if let log { log.startSyncThread() }
        let ticker = Ticker(after: MaintenancePace.second) { [weak self] in
            guard let self else { return MaintenancePace.second }
            runMaintenance()
            return nanosecondsUntilMaintenance
        }
        let compactionTicker = Ticker(after: MaintenancePace.second) { [weak self] in
            guard let self else { return MaintenancePace.second }
            rollUpIfDue()
            compactIfDue()
            compactRollupsIfDue()
            // While a compaction runs, the disk is busy, and reading everything has to wait.
            scrubIfDue()
            return nanosecondsUntilCompaction
        }
        self.ticker.withLock { $0 = ticker }
        self.compactionTicker.withLock { $0 = compactionTicker }
        _ = ticker.start()
        _ = compactionTicker.start()
    }

    /// How long the maintenance thread waits before it looks again.
    private var nanosecondsUntilMaintenance: UInt64 {
        let sequence = commit.withLock { $0.sequence }
        return maintenance.withLock { state in
            let isBusy =
                state.seal != nil || state.sealFailure != nil || state.pressure != .none || state.checkpoints.isDue
                || !state.unfinishedImports.isEmpty || isDiskFull || log?.failure != nil
            return state.pace.wait(after: sequence, isBusy: isBusy)
        }
    }

    /// How long the compaction thread waits before it looks again.
    private var nanosecondsUntilCompaction: UInt64 {
        let (sequence, hasRollups) = commit.withLock { ($0.sequence, $0.rollups != nil) }
        // A scrub may read a number of bytes each second, and a round of rollups continues with each look.
        let isBusy = hasRollups || isScrubbing || isDiskFull || log?.failure != nil
        return compaction.withLock { $0.pace.wait(after: sequence, isBusy: isBusy) }
    }

    /// Does what is due: seals, drops blocks that retention has passed, lets go of series that have ended, compacts
    /// blocks.
    ///
    /// Call it when the configuration has no threads for maintenance. Otherwise the database's own threads do this
    /// work, and a call does all of it except compaction. May take as long as writing the samples in memory, and a
    /// day's samples, to the disk.
    public func maintain() {
        runMaintenance()
        guard !configuration.runsMaintenance else { return }
        rollUpIfDue()
        compactIfDue()
        compactRollupsIfDue()
    }

    private func runMaintenance() {
        space?.keepReserve()
        defer { reportSpace() }
        maintenance.withLock { state in
            defer {
                head.reclaim()
                relieveMemory(&state)
            }
            // If the directory is no longer the database's own, nothing is changed in it.
            if let log, log.check() != nil { return }
            // Retries are timed by the clock that is never set back.
            let now = configuration.monotonicClock()
            if now >= state.retryAt,
                state.seal != nil || isSealDue(at: configuration.wallClock()) || isSealUrgent(state)
                    || isSealDueForEndedSeries(state)
            {
                _ = seal(&state)
            }
            if needsCheckpoint.exchange(false, ordering: .relaxed) {
                (state.checkpoints.isDue, state.checkpoints.isSuspect, state.checkpoints.spare) = (true, true, nil)
            }
            if now >= state.checkpoints.retryAt { writeCheckpointIfDue(&state) }
            if isDiskFull { relieveLog(&state, at: now) }
            finishImports(&state)
            removeSegments()
            dropExpiredBlocks()
            enforceByteLimit(&state)
            settleDeletions()
            maintainRollups()
            sweepIfDue(&state)
        }
        if !configuration.runsMaintenance { log?.syncIfDue() }
    }

    /// Whether there is enough in memory to be sealed.
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
            // Old samples may arrive fast: with the span of an hour alone, many small blocks would be made.
            let span = configuration.openSpanLimit.milliseconds
            let (length, overflow) = state.openMaxTime.subtractingReportingOverflow(state.openMinTime)
            // A clock that was set back does not show how long ago that was.
            let age = now < since ? Int64.max : now - since
            return (overflow || length >= span) && age >= min(span, 600_000)
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
            maintenanceFigures.withLock { $0.failedSeals += 1 }
            state.retryAt = configuration.monotonicClock() + 5_000
            return false
        }
    }

    /// Draws the line: what was committed so far belongs to this seal, later commits to the next one.
    private func beginSeal(_ state: inout MaintenanceState) throws(SealError) {
        guard state.seal == nil else { return }
        let (seal, records) = commit.withLock { state -> (Result<Seal?, SealError>, RecordTable) in
            (drawLine(&state), head.sideData.withLock { $0.records })
        }
        state.seal = try seal.get()
        state.sealedRecords = records
    }

    func drawLine(_ state: inout CommitState) -> Result<Seal?, SealError> {
        guard state.openMaxTime >= state.openMinTime else { return .success(nil) }
        // The commits after the line go to a segment of their own, so that those before it can be removed.
        do throws(LogError) { try log?.rotate() } catch { return .failure(.log(error)) }
        let frozen = head.startGeneration()
        state.sealing = frozen
        state.sealingTimes = state.openMinTime...state.openMaxTime
        (state.openMinTime, state.openMaxTime, state.openSince) = (.max, .min, nil)
        return .success(
            Seal(
                generation: frozen, through: state.sequence, times: state.sealingTimes, newest: state.newest,
                sideData: head.sideData.withLock { $0.copy }))
    }

    private func continueSeal(_ state: inout MaintenanceState) throws(SealError) {
        var seal = state.seal!
        head.freezeAll()
        if seal.written == nil {
            // Blocks must not be ahead of the log, which alone has the records of their commits. Before the blocks, not
            // before the edit: a complete seal counts after a power cut even if no edit names it.
            do throws(LogError) { try log?.waitUntilDurable(seal.through) } catch { throw .log(error) }
            var writer = SealWriter(
                files: files, path: path, after: manifest.state.sealedThrough, through: seal.through,
                numbers: blockNumbers, sideData: seal.sideData, account: accounts.seals)
            defer { accounts.seals.set(0) }
            seal.written = try writer.write(seal.generation, of: head, times: seal.times)
            seal.leftExemplars = Set(writer.exemplars.values.joined())
            state.seal = seal
        }
        let written = seal.written!
        // A seal that was published and then failed to open its blocks comes here again.
        if manifest.state.sealedThrough < seal.through {
            do throws(ManifestError) {
                try manifest.commit(
                    ManifestEdit(
                        nextSeriesID: head.seriesNumberLimit, sealedThrough: seal.through, added: written,
                        newest: seal.newest)
                )
            } catch { throw .manifest(error) }
        }
        var opened: [Block] = []
        for summary in written {
            do throws(ReadError) {
                let block = try Block.open(
                    fileSystem: files, path: FileName.path(path, .block, summary.number), summary: summary,
                    pages: pages)
                opened.append(divided(block))
            } catch { throw .read(error) }
        }
        commit.withLock { state in
            noteTimes(of: opened)
            state.blocks = (state.blocks + opened).sorted { $0.summary.minTime < $1.summary.minTime }
            state.sealing = nil
        }
        state.seal = nil
        state.sealedAt = configuration.monotonicClock()
        maintenanceFigures.withLock { $0.seals += 1 }
        let end = seal.sideData.exemplars.pages.range.upperBound
        head.sideData.withLock { $0.exemplars.noteSealed(through: end, left: seal.leftExemplars) }
        // Views opened before now may still need series whose only samples are in these blocks.
        state.sealEpoch = head.epochs.advance()
        (state.sweepAt, state.endedSeries) = (.min, 0)
        state.checkpoints.isDue = true
        removeSegments()
        HeapMemory.releaseFreePages()
    }
}

/// Returns the product of two numbers that are not negative, or the largest number if the product would exceed it.
private func saturatingProduct<Number: FixedWidthInteger>(_ first: Number, _ second: Number) -> Number {
    let (result, overflow) = first.multipliedReportingOverflow(by: second)
    return overflow ? .max : result
}

internal import KTSDBModel
internal import Synchronization

/// What a database takes on its disk, in bytes.
struct StorageUse {
    var blocks: UInt64 = 0
    var log: UInt64 = 0
    var checkpoints: UInt64 = 0
    var manifest: UInt64 = 0
    /// Blocks and MANIFEST of the rollups.
    var rollups: UInt64 = 0

    var total: UInt64 { blocks + log + checkpoints + manifest + rollups }
}

extension Database {
    /// What the database takes now. What it sets aside and snapshots do not count: retention cannot free the one, and
    /// the other shares its blocks with the database.
    var storageUse: StorageUse {
        let state = manifest.state
        var use = StorageUse(
            blocks: state.blocks.reduce(0) { $0 + $1.byteCount }, log: log?.byteCount ?? 0,
            manifest: manifest.byteCount)
        var series: [UInt64: UInt64] = [:]
        for checkpoint in state.checkpoints {
            use.checkpoints += checkpoint.samplesByteCount
            series[checkpoint.seriesFile] = max(series[checkpoint.seriesFile] ?? 0, checkpoint.seriesByteCount)
        }
        use.checkpoints += series.values.reduce(0, +) + sideDataByteCount(of: state.checkpoints)
        use.rollups = rollups?.storageUse.total ?? 0
        return use
    }

    /// Returns the bytes of the checkpoints' files of side data. Each is looked at once.
    private func sideDataByteCount(of checkpoints: [CheckpointRecord]) -> UInt64 {
        let known = retentionState.withLock { $0.sideDataByteCounts }
        var counts: [UInt64: UInt64] = [:]
        for checkpoint in checkpoints {
            let file = FileName.path(path, .sideData, checkpoint.number)
            counts[checkpoint.number] = known[checkpoint.number] ?? (try? files.open(file).byteCount) ?? 0
        }
        retentionState.withLock { $0.sideDataByteCounts = counts }
        return counts.values.reduce(0, +)
    }

    /// Returns the number of bytes that the database may take; nil for no limit.
    func byteLimit(_ limits: RetentionLimits) throws(FileError) -> UInt64? {
        guard let percentage = limits.diskPercentage else { return limits.byteLimit }
        return UInt64(Double(try files.totalBytes(at: path)) * min(max(percentage, 0), 100) / 100)
    }

    /// Sets the limit that compactions, too, have to respect.
    func noteByteLimit() throws(FileError) {
        let limit = try byteLimit(retentionLimits)
        retentionState.withLock { state in
            state.figures.size.byteLimit = state.limits.byteLimit
            state.figures.size.diskPercentage = state.limits.diskPercentage
            state.figures.size.limit = limit
        }
    }

    // MARK: Removing

    /// Removes the oldest blocks while the database takes more than it may. If the log and the checkpoints alone are
    /// too large, everything in memory is sealed first, so that they become short. Called by one thread at a time.
    func enforceByteLimit(_ state: inout MaintenanceState) {
        guard !isReading else { return }
        do throws(FileError) { try noteByteLimit() } catch {
            // The limit that was in force before stays in force for compactions.
            return note(.size, "The size of the disk is unknown, so nothing is removed for it: \(error)")
        }
        guard let limit = retentionState.withLock({ $0.figures.size.limit }) else {
            retentionState.withLock { ($0.figures.size.used, $0.figures.size.reserved) = (0, 0) }
            return note(.size, nil)
        }
        shortenLogIfTooLong(limit, &state)
        let use = storageUse
        let decision = SizeRetention.decide(
            SizeRetention.Stock(
                blocks: manifest.state.blocks, otherBytes: use.total - use.blocks, plannedBytes: plannedBytes(state),
                marginBytes: logMargin),
            limit: limit)
        let removed: UInt64
        noteLost(decision.removals)
        do throws(ManifestError) { removed = try drop(decision.removals) } catch {
            return note(.size, "Blocks beyond the limit of \(limit) bytes cannot be removed: \(error)")
        }
        retentionState.withLock { state in
            state.figures.size.used = use.total - removed
            state.figures.size.reserved = decision.reserved
            guard !decision.removals.isEmpty else { return }
            state.figures.size.removals += 1
            state.figures.size.removedBlocks += decision.removals.count
        }
        guard decision.excess > 0 else { return note(.size, nil) }
        note(
            .size,
            "The database takes \(use.total - removed) bytes, and its limit is \(limit): the log takes \(use.log), "
                + "checkpoints \(use.checkpoints), rollups \(use.rollups), the newest block and the MANIFEST the rest, and "
                + "none of it can be removed. Set a higher limit.")
    }

    /// The bytes that a compaction leaves free for the log: a segment, but at most a 64th of a limit of size.
    var logMargin: UInt64 {
        let segment = UInt64(configuration.logSegmentByteLimit)
        return retentionState.withLock { $0.figures.size.limit.map { min(segment, $0 / 64) } } ?? segment
    }

    /// The most bytes that the next compaction or rewriting of a block, or the next seal together with its checkpoint,
    /// writes before anything is removed for it.
    private func plannedBytes(_ state: MaintenanceState) -> UInt64 {
        let leftOut = compactionStatistics.withLock { Set($0.leftOut) }
        let rewrites = retentionState.withLock { Set($0.rewrites) }
        let rewrite = manifest.state.blocks.reduce(0) { rewrites.contains($1.number) ? max($0, $1.byteCount) : $0 }
        let compaction = max(rewrite, nextPlan(leftOut).map(\.byteCount) ?? 0)
        // A block stores what a series is in some 64 bytes, next to its samples.
        let series = head.series.withLock { $0.count }
        let seal = UInt64(max(0, head.chunkGauge.value)) + UInt64(series) * 64
        let checkpoint = state.checkpoints.latest.map { $0.record.samplesByteCount + $0.record.seriesByteCount } ?? 0
        return max(compaction, seal + checkpoint)
    }

    /// How long after an attempt the log is not shortened again, in milliseconds.
    private static let shorteningPause: Int64 = 600_000

    /// Seals and writes a checkpoint if log and checkpoints alone exceed the limit, and gives up the checkpoint before.
    private func shortenLogIfTooLong(_ limit: UInt64, _ state: inout MaintenanceState) {
        guard let log else { return }
        let use = storageUse, now = configuration.monotonicClock()
        guard use.log + use.checkpoints > limit, now >= state.shortenLogAt else { return }
        state.shortenLogAt = now + Self.shorteningPause
        guard seal(&state) else { return }
        state.checkpoints.isDue = true
        writeCheckpointIfDue(&state)
        giveUpOlderCheckpoint(state.checkpoints, log)
    }

    /// Removes blocks: first from the MANIFEST, then the files. Returns how many bytes they had. Called under the
    /// maintenance lock.
    @discardableResult
    func drop(
        _ numbers: [UInt64], settledAgeLimit: Int64? = nil, settledPolicy: UInt64? = nil
    ) throws(ManifestError) -> UInt64 {
        let dropped = Set(numbers), known = manifest.state.blocks
        try manifest.commit(
            ManifestEdit(
                settledAgeLimit: settledAgeLimit, settledPolicy: settledPolicy, removed: numbers.sorted(),
                removedThrough: known.filter { dropped.contains($0.number) }.map(\.maxTime).max()))
        guard !dropped.isEmpty else { return 0 }
        commit.withLock { state in
            state.blocks.removeAll { dropped.contains($0.summary.number) }
            for number in numbers { state.missing[number] = nil }
            let last = manifest.state.removedThrough ?? .min
            state.removedBefore = max(state.removedBefore, last == .max ? last : last + 1)
        }
        for number in numbers { try? files.remove(FileName.path(path, .block, number)) }
        return known.reduce(0) { dropped.contains($1.number) ? $0 + $1.byteCount : $0 }
    }

    // MARK: Failures

    /// Records how a task of retention ended, and reports what is new.
    func note(_ task: RetentionFailures.Task, _ reason: String?) {
        let change = retentionState.withLock { state in
            let change = state.failures.note(task, reason)
            state.figures.failure = state.failures.text
            state.figures.failures = state.failures.count
            return change
        }
        switch change {
        case .failed(let reason): configuration.onEvent?(.retentionFailed(reason))
        case .restored: configuration.onEvent?(.retentionRestored)
        case nil: break
        }
    }
}

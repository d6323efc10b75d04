internal import KTSDBModel
internal import Synchronization

/// What happened to samples that were ahead of the clock.
public struct FutureReport: Hashable, Sendable {
    /// Everything after this time was removed, in milliseconds since the Unix epoch.
    public var limit: Int64
    /// Blocks that had nothing else and were removed, and blocks that were written again without it.
    public var removedBlocks = 0, rewrittenBlocks = 0
    /// How many samples were removed.
    public var removedSamples: UInt64 = 0
}

/// Why samples ahead of the clock were not removed, or not all of them. What was already removed stays removed; the
/// call can be repeated.
@nonexhaustive
public enum DropFutureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The clock jumped while the database was open: it may be wrong, and then what is ahead of it may be right.
    case clockJumped(milliseconds: Int64)
    /// The samples in memory could not be written into blocks.
    case sealFailed(String)
    /// A block could not be read, written or removed.
    case failed(String)
    /// The database is closed, or is being closed.
    case closed

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .clockJumped(let distance):
            "The clock jumped by \(distance / 1000) seconds. Nothing was removed. Set it right, or confirm it, and try "
                + "again."
        case .sealFailed(let reason):
            "The samples in memory could not be written into blocks. Nothing was removed; try again. \(reason)"
        case .failed(let reason): "Not all samples ahead of the clock were removed; try again. \(reason)"
        case .closed: "The database is closed. Open it again."
        }
    }
}

extension Database {
    /// Removes the samples and exemplars that lie more than `ahead` after the clock: they were stored while it was
    /// wrong.
    ///
    /// Seals what is in memory, removes blocks that have nothing else, and rewrites those that also have earlier
    /// samples; each of these happens wholly or not at all, even after a crash. May take as long as reading and writing
    /// these blocks. Appends and queries continue meanwhile, and open views do not change.
    @discardableResult
    public func dropFuture(ahead: Duration = .seconds(600)) throws(DropFutureError) -> FutureReport {
        observeRetention()
        let figures = retention
        if let distance = figures.pausedByClockJump { throw .clockJumped(milliseconds: distance.milliseconds) }
        let (limit, overflow) = configuration.wallClock().addingReportingOverflow(max(0, ahead.milliseconds))
        var report = FutureReport(limit: overflow ? .max : limit)
        if let rollups, newestTime.load(ordering: .relaxed) > report.limit, !isBeingClosed {
            // Points go first, and raw samples answer until everything has been rolled up again.
            rollUpAgain()
            try rollups.dropFuture(ahead: ahead)
        }
        let result = compaction.withLock { state -> Result<FutureReport, DropFutureError> in
            do throws(DropFutureError) {
                try dropFuture(&state, &report)
                return .success(report)
            } catch { return .failure(error) }
        }
        observeRetention()
        return try result.get()
    }

    private func dropFuture(_ state: inout CompactionState, _ report: inout FutureReport) throws(DropFutureError) {
        guard !isBeingClosed else { throw .closed }
        let limit = report.limit
        if let error = log?.check() { throw .failed(error.description) }
        // A compacted block that is not published yet has samples that were already there.
        do throws(CompactionFailure) { if state.written != nil { _ = try publish(&state) } } catch {
            throw DropFutureError(error)
        }
        let failure: String? = maintenance.withLock { seal(&$0) ? nil : $0.sealFailure ?? "" }
        if let failure { throw .sealFailed(failure) }
        for block in commit.withLock({ $0.blocks }) where block.summary.maxTime > limit {
            guard !isStopping.load(ordering: .relaxed) else { throw .closed }
            do throws(CompactionFailure) {
                if block.summary.minTime > limit {
                    guard try remove(block) else { continue }
                    report.removedBlocks += 1
                    report.removedSamples += block.summary.sampleCount
                } else {
                    let written = try rewrite(block, through: limit)
                    state.written = written
                    guard try publish(&state) else { continue }
                    report.rewrittenBlocks += 1
                    report.removedSamples += block.summary.sampleCount - written.block.summary.sampleCount
                }
            } catch { throw DropFutureError(error) }
        }
        commit.withLock { _ in head.sideData.withLock { $0.exemplars.removeAll(after: limit) } }
        // Removed exemplars are still in the log; after this checkpoint, the log before it is not read again.
        maintenance.withLock { state in
            state.checkpoints.isDue = true
            writeCheckpointIfDue(&state)
        }
    }

    /// Removes a block; false if it is already gone.
    func remove(_ block: Block) throws(CompactionFailure) -> Bool {
        let number = block.summary.number
        let result = maintenance.withLock { _ -> Result<Bool, ManifestError> in
            guard manifest.state.blocks.contains(where: { $0.number == number }) else { return .success(false) }
            let rewritten = Self.expired([block], LeftOut(expired: true))
            do throws(ManifestError) {
                try manifest.commit(ManifestEdit(removed: [number], rewrittenThrough: rewritten))
            } catch {
                return .failure(error)
            }
            commit.withLock { state in state.blocks.removeAll { $0.summary.number == number } }
            return .success(true)
        }
        switch result {
        case .failure(let error): throw .manifest(error)
        case .success(let isRemoved):
            if isRemoved { try? files.remove(FileName.path(path, .block, number)) }
            return isRemoved
        }
    }

    /// Writes a block again, at the same level, without what comes after `limit`.
    private func rewrite(_ block: Block, through limit: Int64) throws(CompactionFailure) -> WrittenCompaction {
        let plan = CompactionPlan(inputs: [block.summary.number], level: block.summary.level)
        return WrittenCompaction(
            plan: plan, block: try write(plan, [block], through: limit), readByteCount: block.summary.byteCount)
    }
}

extension DropFutureError {
    init(_ error: CompactionFailure) {
        if case .cancelled = error { self = .closed } else { self = .failed(error.description) }
    }
}

internal import KTSDBModel
internal import Synchronization

extension Database {
    /// Removes all deleted samples for good: blocks with nothing left are removed, and others are rewritten without the
    /// deleted samples and without series that have no samples left. After that, no earlier deletion can be undone.
    ///
    /// The database does this by itself after the period in which a deletion can be undone, and compactions leave out
    /// deleted samples as they write. The call may take as long as reading and writing all blocks with deleted samples.
    /// Appends and queries continue meanwhile, and open views do not change.
    /// - Throws: ``DeletionError``; what was removed before stays removed, and the call can be repeated.
    @discardableResult
    public func reclaim() throws(DeletionError) -> ReclaimReport {
        let result = compaction.withLock { state -> Result<ReclaimReport, DeletionError> in
            do throws(DeletionError) { return .success(try reclaim(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func reclaim(_ state: inout CompactionState) throws(DeletionError) -> ReclaimReport {
        try checkDeletions()
        var report = ReclaimReport()
        do throws(CompactionFailure) { if state.written != nil { _ = try publish(&state) } } catch {
            throw DeletionError(error)
        }
        let result = maintenance.withLock { _ -> Result<Void, DeletionError> in
            do throws(DeletionError) {
                return .success(try makeFinal(commit.withLock { $0.deletions }.filter { !$0.isFinal }))
            } catch { return .failure(error) }
        }
        try result.get()
        while let step = try reclaimStep(&state) {
            report.removedBlocks += step.removedBlocks
            report.rewrittenBlocks += step.rewrittenBlocks
            report.removedSamples += step.removedSamples
        }
        report.leftOut = commit.withLock { $0.blocks.map(\.summary.number) }.filter(state.leftOut.contains)
        let forgotten = maintenance.withLock { _ -> Result<Void, DeletionError> in
            do throws(DeletionError) { return .success(try forgetDeletions()) } catch { return .failure(error) }
        }
        try forgotten.get()
        return report
    }

    /// Does one step of ``reclaim()``; returns nil when nothing is left to do. Blocks that cannot be read are left out.
    private func reclaimStep(_ state: inout CompactionState) throws(DeletionError) -> ReclaimReport? {
        while true {
            guard !isStopping.load(ordering: .relaxed) else { throw .closed }
            do throws(CompactionFailure) { return try reclaimNext(&state) } catch {
                note(error, &state)
                guard case .input = error else { throw DeletionError(error) }
            }
        }
    }

    /// Removes what final deletions hide in one block: removes the block if everything in it is hidden, and otherwise
    /// rewrites it. Returns nil if final deletions hide nothing in any block.
    func reclaimNext(_ state: inout CompactionState) throws(CompactionFailure) -> ReclaimReport? {
        let (blocks, final) = commit.withLock { ($0.blocks, $0.finalDeletions) }
        guard !final.isEmpty else { return nil }
        defer { compactionStatistics.withLock { $0.current = nil } }
        var report = ReclaimReport()
        for block in blocks where !state.leftOut.contains(block.summary.number) {
            guard let mask = block.mask?.limited(to: final.contains) else { continue }
            try checkDirectory()
            if mask.hidesAll(block.span) {
                guard try remove(block) else { continue }
                report.removedBlocks = 1
                report.removedSamples = block.summary.sampleCount
            } else {
                let plan = CompactionPlan(inputs: [block.summary.number], level: block.summary.level)
                let written = try write(plan, [block], without: final)
                state.written = WrittenCompaction(
                    plan: plan, block: written, readByteCount: block.summary.byteCount)
                guard try publish(&state) else { continue }
                report.removedSamples = block.summary.sampleCount - written.summary.sampleCount
                if written.summary.sampleCount == 0 { report.removedBlocks = 1 } else { report.rewrittenBlocks = 1 }
                HeapMemory.releaseFreePages()
            }
            return report
        }
        return nil
    }
}

extension Database.CommitState {
    /// The numbers of the deletions whose samples may be removed.
    var finalDeletions: Set<UInt64> { Set(deletions.filter(\.isFinal).map(\.id)) }

    /// For each block in which a deletion that is not final hides something, the last commit that the earliest such
    /// deletion covers.
    var compactionBarriers: [UInt64: UInt64] {
        let through = Dictionary(uniqueKeysWithValues: deletions.filter { !$0.isFinal }.map { ($0.id, $0.through) })
        guard !through.isEmpty else { return [:] }
        var barriers: [UInt64: UInt64] = [:]
        for block in blocks {
            guard let first = block.mask?.parts.compactMap({ through[$0.deletion] }).min() else { continue }
            barriers[block.summary.number] = first
        }
        return barriers
    }
}

extension DeletionError {
    init(_ error: CompactionFailure) {
        if case .cancelled = error { self = .closed } else { self = .failed(error.description) }
    }
}

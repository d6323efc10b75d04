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

    /// Reclaims the space of one block: of what final deletions hide in it and, if retention allows it now, of what is
    /// too old. Removes the block if everything in it is hidden, and rewrites it otherwise.
    ///
    /// - Returns: What was done; nil if no block has anything to reclaim.
    func reclaimNext(_ state: inout CompactionState) throws(CompactionFailure) -> ReclaimReport? {
        let (blocks, final, expired) = commit.withLock { ($0.blocks, $0.finalDeletions, allowedRewrites($0)) }
        guard !final.isEmpty || !expired.isEmpty else { return nil }
        defer { compactionStatistics.withLock { $0.current = nil } }
        let everything = LeftOut(deletions: final, expired: !expired.isEmpty)
        // Room may be short even if the disk is not full: one large block must not keep others from making room.
        for block in Self.cheapestFirst(blocks, everything)
        where !state.leftOut.contains(block.summary.number) {
            let number = block.summary.number, isExpired = expired.contains(number)
            if isExpired, !isRolledUp(number) {
                hurryRollups()
                continue
            }
            let leftOut = LeftOut(deletions: final, expired: isExpired)
            guard let mask = block.mask?.limited(to: leftOut.contains),
                !isExpired || hasRoomWithinLimit(for: block.summary.byteCount)
            else { continue }
            do throws(CompactionFailure) {
                guard let report = try reclaim(block, mask, leftOut, &state) else { continue }
                if isExpired { noteRewrite(of: number, removedSamples: report.removedSamples) }
                return report
            } catch {
                if isExpired { note(.rules, "What is too old in block \(number) cannot be removed: \(error)") }
                throw error
            }
        }
        return nil
    }

    /// Removes what the mask hides in a block, which is `leftOut`. Returns nil if the block is gone meanwhile.
    private func reclaim(
        _ block: Block, _ mask: BlockMask, _ leftOut: LeftOut, _ state: inout CompactionState
    ) throws(CompactionFailure) -> ReclaimReport? {
        try checkDirectory()
        var report = ReclaimReport()
        if mask.hidesAll(block.span) {
            guard try remove(block) else { return nil }
            report.removedBlocks = 1
            report.removedSamples = block.summary.sampleCount
            return report
        }
        let plan = CompactionPlan(inputs: [block.summary.number], level: block.summary.level)
        let written = try write(plan, [block], without: leftOut)
        state.written = WrittenCompaction(
            plan: plan, block: written, readByteCount: block.summary.byteCount,
            expiredThrough: Self.expired([block], leftOut))
        guard try publish(&state) else { return nil }
        report.removedSamples = block.summary.sampleCount - written.summary.sampleCount
        if written.summary.sampleCount == 0 { report.removedBlocks = 1 } else { report.rewrittenBlocks = 1 }
        HeapMemory.releaseFreePages()
        return report
    }

    /// Returns the blocks in the order in which they are removed or rewritten: those that need no room, then those that
    /// need least.
    private static func cheapestFirst(_ blocks: [Block], _ leftOut: LeftOut) -> [Block] {
        func cost(_ block: Block) -> UInt64 {
            guard let mask = block.mask?.limited(to: leftOut.contains), !mask.hidesAll(block.span) else {
                return block.mask == nil ? .max : 0
            }
            return block.summary.byteCount
        }
        return blocks.map { (cost($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
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
            guard let first = block.mask?.parts.compactMap({ $0.deletion.flatMap { through[$0] } }).min() else {
                continue
            }
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

internal import KTSDBModel
internal import Synchronization

/// How deletions are stored, made final, forgotten and restored. They only change under the maintenance lock, and
/// together with the masks of blocks under the commit lock.
extension Database {
    /// Checks that deletions can be changed.
    func checkDeletions() throws(DeletionError) {
        guard !isBeingClosed else { throw .closed }
        if let error = log?.check() { throw .failed(error.description) }
    }

    /// Commits changes of deletion records, and calls `install` under the commit lock once the log has them. Returns
    /// when they are on the disk, whatever the durability of other commits. `changes` receives the commit's sequence.
    ///
    /// The affected series forget their newest sample, and the next one is judged by what blocks have then.
    /// - Returns: False if nothing was committed, because some of them got samples since the last seal, which blocks do
    ///   not have.
    @discardableResult
    func commitDeletions(
        affecting affected: AffectedSeries = AffectedSeries(), _ changes: (UInt64) -> RecordChanges,
        then install: (inout CommitState) -> Void
    ) throws(DeletionError) -> Bool {
        do throws(LogError) { try log?.makeGood() } catch { throw DeletionError(error) }
        let result = commit.withLock { state -> Result<UInt64?, DeletionError> in
            guard !state.isClosed else { return .failure(.closed) }
            let (forgotten, needsSeal) = head.newestToForget(affected)
            guard !needsSeal else { return .success(nil) }
            var sideData = CommitSideData()
            sideData.records = changes((log?.lastSequence ?? state.sequence) + 1)
            let byteCount = head.sideData.withLock { $0.records.byteCount(after: sideData.records) }
            guard byteCount <= RecordTable.byteLimit else {
                let error = AppendError.recordsTooLarge(byteCount: byteCount, limit: RecordTable.byteLimit)
                return .failure(.failed(error.description))
            }
            sideData.forgotten = forgotten.map(\.number)
            do throws(DeletionError) { try write(sideData, &state) } catch { return .failure(error) }
            for id in forgotten { head.forgetNewest(of: id.slot) }
            let policy = acceptancePolicy
            _ = head.sideData.withLock { $0.apply(sideData, policy) }
            install(&state)
            maskChanges.add(1, ordering: .relaxed)
            observers.announce(state.sequence, appended: 0)
            return .success(state.sequence)
        }
        guard let sequence = try result.get() else { return false }
        guard let log else { return true }
        do throws(LogError) { try log.waitUntilDurable(sequence) } catch { throw .notDurable(sequence: sequence) }
        return true
    }

    private func write(_ sideData: CommitSideData, _ state: inout CommitState) throws(DeletionError) {
        guard let log else {
            state.sequence += 1
            return
        }
        var encoded = EncodedCommit()
        encoded.encode(sideData)
        do throws(LogError) {
            try log.prepare(byteCount: encoded.body.byteCount)
            state.sequence = try log.append(acceptancePolicy.context, encoded.body)
        } catch { throw DeletionError(error) }
    }

    /// Makes deletions final whose undo period has passed, and forgets those that no longer hide anything. Called by
    /// one round of maintenance at a time; the next round retries what has failed.
    func settleDeletions() {
        let deletions = commit.withLock { $0.deletions }
        // While the clock may be wrong, no undo period is considered over.
        guard !deletions.isEmpty, retention.pausedByClockJump == nil else { return }
        try? makeFinal(deletions.filter { !$0.isFinal && isUndoPeriodOver($0) })
        try? forgetDeletions()
    }

    /// Returns whether the period in which a deletion can be undone has passed.
    func isUndoPeriodOver(_ record: DeletionRecord) -> Bool {
        let (age, overflow) = configuration.wallClock().subtractingReportingOverflow(record.createdAt)
        return !overflow && age >= configuration.deletionUndoPeriod.milliseconds
    }

    /// Makes deletions final: from then on, compactions and ``reclaim()`` remove their samples.
    func makeFinal(_ due: [DeletionRecord]) throws(DeletionError) {
        guard !due.isEmpty else { return }
        let ids = Set(due.map(\.id))
        try commitDeletions { _ in
            var changes = RecordChanges()
            for var record in due {
                record.isFinal = true
                record.set(in: &changes)
            }
            return changes
        } then: { state in
            for index in state.deletions.indices where ids.contains(state.deletions[index].id) {
                state.deletions[index].isFinal = true
            }
        }
        refreshRollupDeletions()
    }

    /// Forgets the deletions that hide nothing in any block.
    func forgetDeletions() throws(DeletionError) {
        let (blocks, deletions) = commit.withLock { ($0.blocks, $0.deletions) }
        let inForce = Set(blocks.flatMap { $0.mask?.parts.compactMap(\.deletion) ?? [] })
        let gone = deletions.filter {
            !inForce.contains($0.id) && !hasUnopenedBlocks(through: $0.through) && areRollupsDone(with: $0)
        }
        guard !gone.isEmpty else { return }
        let ids = Set(gone.map(\.id))
        try commitDeletions { _ in
            var changes = RecordChanges()
            for record in gone { record.remove(from: &changes) }
            return changes
        } then: { state in
            state.deletions.removeAll { ids.contains($0.id) }
        }
        refreshRollupDeletions()
    }

    /// Returns whether the MANIFEST names a damaged block that is not open and has only commits up to `through`: what
    /// deletions hide in it is unknown.
    func hasUnopenedBlocks(through: UInt64) -> Bool {
        let open = Set(commit.withLock { $0.blocks.map(\.summary.number) })
        return manifest.state.blocks.contains { $0.lastSequence <= through && !open.contains($0.number) }
    }

    /// Restores the deletions from their records when a database is opened. A block whose index cannot be read is not
    /// opened, since it is unknown which of its samples are deleted.
    static func restoreDeletions(_ head: Head, _ state: inout CommitState, _ report: inout RecoveryReport) {
        let records = head.sideData.withLock { $0.records.spaces[DeletionRecord.space] } ?? RecordKeys()
        guard !records.isEmpty else { return }
        for (key, bytes) in records.sorted(by: { $0.key < $1.key }) {
            if let record = DeletionRecord(key: key, bytes) {
                state.deletions.append(record)
            } else {
                report.damagedDeletions.append(key)
            }
        }
        var blocks: [Block] = []
        for block in state.blocks {
            do throws(ReadError) { blocks.append(try block.hiding(state.deletions)) } catch {
                state.missing[block.summary.number] = MissingData(error, block.times, isWholeFile: true)
                report.damagedBlocks.append(error.description)
            }
        }
        state.blocks = blocks
    }
}

extension DeletionError {
    init(_ error: LogError) { if case .closed = error { self = .closed } else { self = .failed(error.description) } }
}

public import KTSDBModel
internal import Synchronization

extension Database {
    /// Deletes the samples in `range` (both ends inclusive) of the series that match all of `matchers`: floats,
    /// histograms and exemplars.
    ///
    /// - Returns: The deletion; nil if no stored sample is meant, so that there is nothing to undo.
    /// - Throws: ``DeletionError``.
    @discardableResult
    public func delete(
        matching matchers: LabelMatcher..., in range: ClosedRange<Timestamp>
    ) throws(DeletionError) -> Deletion? {
        try delete(matching: [matchers], in: range)
    }

    /// Deletes the samples in `range` (both ends inclusive) of the series that match all matchers of at least one list:
    /// floats, histograms and exemplars.
    ///
    /// The deletion covers what was stored when the call began: read views that are taken later do not show it, open
    /// views do not change, and what is appended later is visible: a series whose newest sample is deleted is judged by
    /// the newest one that is left, so that the range can be filled again. If samples in memory are meant, everything
    /// in memory is sealed first, so the call may take as long as writing that to the disk. The deletion is on the disk
    /// when the call returns.
    ///
    /// At first the samples are only hidden, and ``undelete(_:)`` can bring them back within
    /// ``Configuration/deletionUndoPeriod``. After that period, or by ``reclaim()``, they are removed, together with
    /// series that have no samples left. Exemplars in memory are removed at once; ``undelete(_:)`` only brings back
    /// those in blocks, one for each series and minute.
    /// - Returns: The deletion; nil if no stored sample is meant, so that there is nothing to undo.
    /// - Throws: ``DeletionError``.
    @discardableResult
    public func delete(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>
    ) throws(DeletionError) -> Deletion? {
        guard !lists.isEmpty, !lists.contains(where: \.isEmpty) else { throw .noMatchers }
        let byteCount = lists.joined().reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
        guard byteCount <= DeletionRecord.matcherByteLimit else {
            throw .matchersTooLong(byteCount: byteCount, limit: DeletionRecord.matcherByteLimit)
        }
        let record = DeletionRecord(
            id: 0, lists: lists, range: range.milliseconds, through: 0, sequence: 0,
            createdAt: configuration.wallClock(), isFinal: configuration.deletionUndoPeriod <= .zero)
        let result = maintenance.withLock { state -> Result<DeletionRecord?, DeletionError> in
            do throws(DeletionError) {
                return .success(
                    try lockingRollups { rollups throws(DeletionError) in try store(record, &state, rollups) })
            } catch { return .failure(error) }
        }
        return try result.get().map { Deletion($0, undoPeriod: configuration.deletionUndoPeriod) }
    }

    /// The deletions whose samples have not all been removed yet, in the order in which they were made.
    public var deletions: [Deletion] {
        commit.withLock { $0.deletions }.map { Deletion($0, undoPeriod: configuration.deletionUndoPeriod) }
    }

    /// Undoes a deletion: read views that are taken later show its samples again.
    ///
    /// Where a series has got another sample at the same time since, the first one counts, unless the later one
    /// replaces it (``DuplicatePolicy``). What comes next is judged by the newest sample of both. If a series got
    /// samples since that are older than those that come back, everything in memory is sealed first.
    /// - Throws: ``DeletionError``; ``DeletionError/isFinal(id:)`` when the period in which it can be undone is over.
    public func undelete(_ id: UInt64) throws(DeletionError) {
        let result = maintenance.withLock { state -> Result<Void, DeletionError> in
            do throws(DeletionError) {
                return .success(
                    try lockingRollups { rollups throws(DeletionError) in try undo(id, rollups, &state) })
            } catch { return .failure(error) }
        }
        try result.get()
    }

    private func store(
        _ given: DeletionRecord, _ state: inout MaintenanceState, _ rollups: RollupAttachment?
    ) throws(DeletionError) -> DeletionRecord? {
        try checkDeletions()
        guard commit.withLock({ $0.deletions.count }) < configuration.deletionLimit else {
            throw .tooMany(limit: configuration.deletionLimit)
        }
        let (hasSamples, exemplars) = try reading { () throws(ReadError) in try inMemory(given) }
        // An unfinished seal may have published blocks that are not open yet.
        if hasSamples || state.seal != nil {
            guard seal(&state) else { throw .sealFailed(state.sealFailure ?? "") }
        }
        var record = given
        record.through = manifest.state.sealedThrough
        for _ in 0..<Self.sealLimit {
            let (blocks, known) = commit.withLock { ($0.blocks, $0.deletions) }
            record.id = max(known.last?.id ?? 0, commit.withLock { $0.sequence }) + 1
            let masked = try reading { () throws(ReadError) in try hide(record, in: blocks) }
            let points = try rollups.map { attachment throws(DeletionError) in
                let derived = derived(record, for: attachment.rules, attachment.database)
                return (attachment, try reading { () throws(ReadError) in try attachment.database.hiding(derived) })
            }
            let hidesPoints = !(points?.1.isEmpty ?? true)
            guard
                !masked.isEmpty || !exemplars.isEmpty || hidesPoints || hasUnopenedBlocks(through: record.through)
            else { return nil }
            let series = try reading { () throws(ReadError) in try seriesInMemory(matching: record.lists) }
            let isDone = try commitDeletions(affecting: AffectedSeries(series: series, range: record.range)) {
                sequence in
                record.sequence = sequence
                var changes = RecordChanges()
                record.set(in: &changes)
                return changes
            } then: { state in
                state.deletions.append(record)
                state.blocks = state.blocks.map { masked[$0.summary.number] ?? $0 }
                head.removeExemplars(of: exemplars, in: record.range)
                guard let (rollups, masked) = points else { return }
                rollups.database.exchange(derived(record, for: rollups.rules, rollups.database), without: [], masked)
            }
            if isDone { return record }
            guard seal(&state) else { throw .sealFailed(state.sealFailure ?? "") }
        }
        throw Self.tooManySeals
    }

    /// How often samples in memory are sealed for a deletion or its undoing. The blocks of the last seal have all that
    /// the series concerned have, unless late samples came since; then it is tried again.
    private static let sealLimit = 8

    private static var tooManySeals: DeletionError {
        .failed(
            "The series got late samples after each of \(sealLimit) seals. Try again when fewer late samples come.")
    }

    /// Returns whether the deletion covers samples in memory, and the series whose exemplars in memory it covers.
    private func inMemory(
        _ record: DeletionRecord
    ) throws(ReadError) -> (hasSamples: Bool, exemplars: Set<UInt64>) {
        // While the view is open, no symbol is reused for another text.
        let view = readView()
        defer { withExtendedLifetime(view) {} }
        let slots = try view.slots(matching: record.lists, in: record.range, HeadPostings(head), nil)
        return (!slots.isEmpty, try head.exemplarSeries(matching: record.lists, in: record.range))
    }

    /// Returns the series in memory that match, whether they have samples there or not.
    private func seriesInMemory(matching lists: [[LabelMatcher]]) throws(ReadError) -> [SeriesID] {
        // While the view is open, no symbol is reused for another text.
        let view = readView()
        defer { withExtendedLifetime(view) {} }
        let slots = try MatcherPlanner.resolve(anyOf: lists, in: HeadPostings(head), limits: nil) ?? []
        return head.series.withLock { series in slots.map { SeriesID(number: series.number(of: $0), slot: $0) } }
    }

    /// Returns the blocks in which a deletion hides something, by number, each with a mask that includes the deletion.
    private func hide(_ record: DeletionRecord, in blocks: [Block]) throws(ReadError) -> [UInt64: Block] {
        var masked: [UInt64: Block] = [:]
        for block in blocks {
            guard let part = try block.part(hiddenBy: record) else { continue }
            let mask = block.mask.map { $0.adding(part) } ?? BlockMask([part], seriesCount: block.seriesCount)
            masked[block.summary.number] = block.masked(by: mask)
        }
        return masked
    }

    private func undo(
        _ id: UInt64, _ rollups: RollupAttachment?, _ state: inout MaintenanceState
    ) throws(DeletionError) {
        try checkDeletions()
        // What an unfinished seal holds is not in blocks yet.
        if state.seal != nil {
            guard seal(&state) else { throw .sealFailed(state.sealFailure ?? "") }
        }
        for _ in 0..<Self.sealLimit {
            let (blocks, known) = commit.withLock { ($0.blocks, $0.deletions) }
            guard let record = known.first(where: { $0.id == id }) else { throw .unknown(id: id) }
            guard !record.isFinal, !isUndoPeriodOver(record) else { throw .isFinal(id: id) }
            var shown: [UInt64: Block] = [:], latest = Int64.min
            for block in blocks where block.mask?.parts.contains(where: { $0.deletion == id }) ?? false {
                shown[block.summary.number] = block.masked(by: block.mask?.limited { $0.deletion != id })
                latest = max(latest, min(block.summary.maxTime, record.range.upperBound))
            }
            // Series that have got later samples since are judged by these, as before.
            var affected = AffectedSeries(range: Int64.min...latest, isUndone: true)
            if !shown.isEmpty {
                affected.series = try reading { () throws(ReadError) in try seriesInMemory(matching: record.lists) }
            }
            var region = rollups == nil ? nil : region(of: record)
            let gone = Set(rollups.map { derived(record, for: $0.rules, $0.database).map(\.id) } ?? [])
            let points = try rollups.map { attachment throws(DeletionError) in
                let hidden = region.map { derived($0, for: attachment.rules, attachment.database) } ?? []
                return (
                    attachment,
                    try reading { () throws(ReadError) in try attachment.database.hiding(hidden, without: gone) }
                )
            }
            let isDone = try commitDeletions(affecting: affected) { sequence in
                var changes = RecordChanges()
                record.remove(from: &changes)
                region?.sequence = sequence
                if let region { changes.set(region.key, region.encoded, in: Self.rollupRegionSpace) }
                return changes
            } then: { state in
                state.deletions.removeAll { $0.id == id }
                state.blocks = state.blocks.map { shown[$0.summary.number] ?? $0 }
                guard let (rollups, masked) = points else { return }
                let hidden = region.map { derived($0, for: rollups.rules, rollups.database) } ?? []
                rollups.database.exchange(hidden, without: gone, masked)
            }
            if isDone { return }
            guard seal(&state) else { throw .sealFailed(state.sealFailure ?? "") }
        }
        throw Self.tooManySeals
    }

    private func reading<Value>(_ body: () throws(ReadError) -> Value) throws(DeletionError) -> Value {
        do throws(ReadError) { return try body() } catch { throw .failed(error.description) }
    }
}

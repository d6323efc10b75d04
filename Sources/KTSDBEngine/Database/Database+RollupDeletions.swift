internal import KTSDBModel
internal import Synchronization

/// How deletions act on rollups. What is hidden there follows from the records of the raw database; the database of
/// rollups stores none of its own.
extension Database {
    /// The space of regions: where a deletion was undone, and points that were computed without the deleted samples
    /// have to be computed again. Their records have the form of deletions (FORMAT.md, section 12).
    static let rollupRegionSpace: RecordSpace = "ktsdb.rollup-regions"

    /// The regions, ascending by the commit that undid the deletion.
    var rollupRegions: [DeletionRecord] {
        let records = head.sideData.withLock { $0.records.spaces[Self.rollupRegionSpace] } ?? RecordKeys()
        return records.compactMap { key, bytes -> DeletionRecord? in
            guard var region = DeletionRecord(key: key, bytes) else { return nil }
            region.isRegion = true
            return region
        }.sorted { $0.id < $1.id }
    }

    /// Returns what a deletion, or a region, hides in rollups: for each length of intervals, the points of the
    /// intervals that it touches, in blocks with an earlier last commit.
    func derived(_ record: DeletionRecord, for rules: RollupRuleSet, _ database: Database) -> [DeletionRecord] {
        let intervals = Set(
            rules.entries.map(\.grid.interval) + database.manifest.state.rollups.map { Int64($0.interval) })
        return intervals.sorted().enumerated().map { index, interval in
            var derived = record
            // Deletions and regions are numbered by commits, so that this overflows for none.
            derived.id = record.id << 8 | UInt64(min(index, 127)) << 1 | (record.isRegion ? 1 : 0)
            derived.lists = record.lists.map { $0 + [RollupLabel.matcher(interval)] }
            derived.range = RollupGrid(interval: interval).ends(of: record.range)
            derived.through = record.sequence == 0 ? .max : RollupRank.before(record.sequence)
            // What a region hides is computed again, so it need not be kept.
            derived.isFinal = record.isFinal || record.isRegion
            return derived
        }
    }

    /// Calls `body` with the database of rollups while its maintenance is locked, so that no points are published
    /// meanwhile; with nil without rollups.
    func lockingRollups<Value>(
        _ body: (RollupAttachment?) throws(DeletionError) -> Value
    ) throws(DeletionError) -> Value {
        guard let attachment = commit.withLock({ $0.rollups }) else { return try body(nil) }
        let result = attachment.database.maintenance.withLock { _ -> Result<Value, DeletionError> in
            do throws(DeletionError) { return .success(try body(attachment)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Returns the blocks of rollups in which records hide something, by number, each with a mask that includes them.
    /// Called on the database of rollups, under its maintenance lock.
    func hiding(_ records: [DeletionRecord], without ids: Set<UInt64> = []) throws(ReadError) -> [UInt64: Block] {
        var masked: [UInt64: Block] = [:]
        for block in commit.withLock({ $0.blocks }) {
            var parts: [BlockMask.Part] = []
            for record in records { if let part = try block.part(hiddenBy: record) { parts.append(part) } }
            let kept = (block.mask?.parts ?? []).filter { part in part.deletion.map { !ids.contains($0) } ?? true }
            guard !parts.isEmpty || kept.count != block.mask?.parts.count ?? 0 else { continue }
            masked[block.summary.number] = block.masked(
                by: BlockMask(kept + parts, seriesCount: block.seriesCount))
        }
        return masked
    }

    /// Takes over all records at once: when rollups are opened, and when rules have changed. A block whose index cannot
    /// be read is left out. Called on the database of rollups, under its maintenance lock.
    func install(_ records: [DeletionRecord]) {
        var blocks: [Block] = [], missing: [UInt64: MissingData] = [:]
        for block in commit.withLock({ $0.blocks }) {
            do throws(ReadError) { blocks.append(try block.hiding(records)) } catch {
                missing[block.summary.number] = MissingData(error, block.times, isWholeFile: true)
            }
        }
        commit.withLock { state in
            state.deletions = records
            state.blocks = blocks
            state.missing.merge(missing) { old, _ in old }
        }
    }

    /// Adds records and removes others, together with what they hide. Called on the database of rollups, under its
    /// maintenance lock and the commit lock of the raw database.
    func exchange(_ records: [DeletionRecord], without ids: Set<UInt64>, _ masked: [UInt64: Block]) {
        commit.withLock { state in
            state.deletions.removeAll { ids.contains($0.id) }
            state.deletions += records
            state.blocks = state.blocks.map { masked[$0.summary.number] ?? $0 }
        }
    }

    /// Makes the records of the rollups say what those of the raw database say: which are final, and which are gone.
    /// Called under the maintenance lock of the raw database.
    func refreshRollupDeletions() {
        guard let attachment = commit.withLock({ $0.rollups }) else { return }
        let database = attachment.database
        let deletions = commit.withLock { $0.deletions }, regions = rollupRegions
        let records = (deletions + regions).flatMap { derived($0, for: attachment.rules, database) }
        database.maintenance.withLock { _ in
            let known = database.commit.withLock { $0.deletions }
            guard known != records else { return }
            let gone = Set(known.map(\.id)).subtracting(records.map(\.id))
            guard !gone.isEmpty else { return database.commit.withLock { $0.deletions = records } }
            guard let masked = try? database.hiding([], without: gone) else { return }
            database.exchange(records, without: Set(known.map(\.id)), masked)
        }
    }

    /// Whether rollups still need the record of a deletion: it hides points, or a rule does not take it into account.
    func areRollupsDone(with record: DeletionRecord) -> Bool {
        guard let attachment = commit.withLock({ $0.rollups }) else { return true }
        let (blocks, progress) = attachment.database.commit.withLock { ($0.blocks, $0.rollupProgress) }
        let hides = blocks.contains { block in
            block.mask?.parts.contains { part in
                part.deletion.map { $0 >> 8 == record.id && $0 & 1 == 0 } ?? false
            } ?? false
        }
        return !hides && takeIntoAccount(record, attachment, progress)
    }

    /// Whether all rules take a deletion or a region into account.
    private func takeIntoAccount(
        _ record: DeletionRecord, _ attachment: RollupAttachment, _ progress: [RollupProgress]
    ) -> Bool {
        attachment.rules.entries.allSatisfy { entry in
            progress.contains { $0.identity == entry.identity && $0.asOf >= record.sequence }
        }
    }

    /// Forgets the regions that have been computed again.
    func forgetRegions(_ attachment: RollupAttachment) throws(RollupFailure) {
        guard !rollupRegions.isEmpty else { return }
        let progress = attachment.database.commit.withLock { $0.rollupProgress }
        let done = rollupRegions.filter { takeIntoAccount($0, attachment, progress) }
        guard !done.isEmpty else { return }
        let result = maintenance.withLock { _ -> Result<Void, DeletionError> in
            do throws(DeletionError) {
                try commitDeletions { _ in
                    var changes = RecordChanges()
                    for region in done { changes.set(region.key, nil, in: Self.rollupRegionSpace) }
                    return changes
                } then: { _ in
                }
                refreshRollupDeletions()
                return .success(())
            } catch { return .failure(error) }
        }
        do throws(DeletionError) { try result.get() } catch { throw .deletion(error) }
    }

    /// Returns the region that has to be computed again when a deletion is undone: the part of its range that raw
    /// blocks still have all samples of. nil if that is nothing. Its sequence is that of the commit that stores it.
    func region(of record: DeletionRecord) -> DeletionRecord? {
        let removed = manifest.state.removedThrough.map { $0 == .max ? $0 : $0 + 1 } ?? .min
        guard removed <= record.range.upperBound else { return nil }
        var region = record
        region.range = max(removed, record.range.lowerBound)...record.range.upperBound
        region.id = max(rollupRegions.last?.id ?? 0, commit.withLock { $0.sequence }) + 1
        (region.sequence, region.isRegion) = (0, true)
        return region
    }
}

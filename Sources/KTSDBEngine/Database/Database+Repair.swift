internal import KTSDBModel
internal import Synchronization

/// What a repair did.
public struct RepairReport: Hashable, Sendable {
    /// What was damaged before.
    public var damage: [DamagedUnit] = []
    /// Blocks that were written again without what cannot be read, by number.
    public var rewrittenBlocks: [UInt64] = []
    /// Blocks of which nothing can be read without guessing: they no longer belong to the database.
    public var removedBlocks: [UInt64] = []
    /// How many blocks of rollups were written again or removed.
    public var rollupBlocks = 0
    /// How many samples, and points of rollups, could not be read.
    public var lostSamples: UInt64 = 0
    /// Where the damaged files are kept, relative to the data directory.
    public var setAside: [String] = []
    /// Why a block stays as it is, if one does: the sentences of the errors.
    public var failures: [String] = []

    /// Creates the report of a repair that had nothing to do.
    public init() {}

    /// Adds the report of the repair of rollups.
    mutating func add(_ rollups: RepairReport) {
        damage += rollups.damage.map { unit in
            var unit = unit
            unit.path = FileName.relative(.rollups, unit.path)
            return unit
        }
        lostSamples += rollups.lostSamples
        setAside += rollups.setAside.map { FileName.relative(.rollups, $0) }
        failures += rollups.failures
        rollupBlocks += rollups.rewrittenBlocks.count + rollups.removedBlocks.count
    }
}

extension Database {
    /// Repairs blocks that are known to be damaged, as far as possible. Deletes nothing: each damaged file is kept in
    /// `set-aside/`.
    ///
    /// A block in which only some columns are damaged is rewritten without them. A block whose index is damaged is
    /// removed from the database. Call ``scrub(progress:)`` first, to find all damage. After the repair, queries do not
    /// warn about the lost samples any more; the report says how many they are.
    public func repair() -> RepairReport {
        var report = RepairReport()
        guard !isReading, log != nil || isRollups, !isBeingClosed else { return report }
        report.damage = ownDamage
        let damaged = Set(
            report.damage.compactMap { unit -> UInt64? in
                guard let name = unit.path.split(separator: "/").last else { return nil }
                return FileName.number(.block, String(name))
            })
        compaction.withLock { state in
            for number in damaged.sorted() { repair(number, &state, &report) }
        }
        rememberDamage()
        if let rollups {
            let repaired = rollups.repair()
            report.add(repaired)
            // What was lost there is made again from what raw blocks still have.
            if !repaired.damage.isEmpty { rollUpAgain() }
        }
        return report
    }

    private func repair(_ number: UInt64, _ state: inout CompactionState, _ report: inout RepairReport) {
        let (block, missing) = commit.withLock { state in
            (state.blocks.first { $0.summary.number == number }, state.missing[number])
        }
        if block == nil, missing == nil, manifest.state.blocks.contains(where: { $0.number == number }) {
            // A seal has published it and could not open it yet. Its samples are still in memory.
            report.failures.append("Block \(number) was not opened yet and stays as it is; repair it later.")
            return
        }
        do throws(CompactionFailure) {
            try checkDirectory()
            if let block, let lost = try rewrite(block, &state, &report) {
                report.rewrittenBlocks.append(number)
                report.lostSamples += lost
            } else {
                // What cannot be opened for another reason may be sound.
                if block == nil, let missing {
                    guard case .damaged = missing.cause else { throw .input(number, missing.cause) }
                }
                try takeOut(number, &report)
            }
            state.leftOut.remove(number)
            pages.damage.forget(file: FileName.path(path, .block, number))
        } catch { report.failures.append(error.description) }
    }

    /// Writes a block again without what cannot be read. Returns how many samples that were, or nil if the block cannot
    /// be read that way.
    private func rewrite(
        _ block: Block, _ state: inout CompactionState, _ report: inout RepairReport
    ) throws(CompactionFailure) -> UInt64? {
        if state.written != nil { _ = try publish(&state) }
        let plan = CompactionPlan(inputs: [block.summary.number], level: block.summary.level)
        defer { compactionStatistics.withLock { $0.current = nil } }
        let written: Block
        do throws(CompactionFailure) {
            written = try write(plan, [block], leavingOut: DamageTolerance())
        } catch {
            guard case .input(_, .damaged) = error else { throw error }
            return nil
        }
        let lost = block.summary.sampleCount - min(block.summary.sampleCount, written.summary.sampleCount)
        do throws(CompactionFailure) { try keep(block.summary.number, &report) } catch {
            removeBlockFile(written.summary.number)
            throw error
        }
        state.written = WrittenCompaction(plan: plan, block: written, readByteCount: block.summary.byteCount)
        _ = try publish(&state)
        return lost
    }

    /// Takes a block out of the database, under the maintenance lock.
    private func takeOut(_ number: UInt64, _ report: inout RepairReport) throws(CompactionFailure) {
        guard let summary = manifest.state.blocks.first(where: { $0.number == number }) else { return }
        try keep(number, &report)
        let result = maintenance.withLock { _ -> Result<Void, CompactionFailure> in
            do throws(ManifestError) { try manifest.commit(ManifestEdit(removed: [number])) } catch {
                return .failure(.manifest(error))
            }
            commit.withLock { state in
                state.blocks.removeAll { $0.summary.number == number }
                state.missing[number] = nil
            }
            return .success(())
        }
        try result.get()
        removeBlockFile(number)
        report.removedBlocks.append(number)
        report.lostSamples += summary.sampleCount
    }

    /// Gives a block's file a second name in `set-aside/`, if it exists.
    private func keep(_ number: UInt64, _ report: inout RepairReport) throws(CompactionFailure) {
        let file = FileName.relative(.blocks, FileName.name(.block, number))
        do throws(FileError) {
            guard try files.exists("\(path)/\(file)") else { return }
            report.setAside.append(try SetAside(files, path).keep(file))
        } catch { throw .output(error) }
    }
}

/// Leaves out whatever is damaged, without limits of time and memory.
private final class DamageTolerance: ReadLimits {
    func check() throws(ReadError) {}
    func reserve(bytes count: Int) throws(ReadError) {}
    func release(bytes count: Int) {}
    func leaveOut(_ missing: MissingData) throws(ReadError) {}
}

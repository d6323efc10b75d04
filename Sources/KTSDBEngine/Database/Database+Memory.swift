internal import KTSDBModel
internal import Synchronization

/// What a database holds apart from the head and the page cache, which count for themselves.
struct MemoryAccounts: Sendable {
    let sideData, log, blocks, seals, compactions: MemoryAccount

    init(_ ledger: MemoryLedger) {
        sideData = MemoryAccount(ledger, .sideData)
        log = MemoryAccount(ledger, .log)
        blocks = MemoryAccount(ledger, .blocks)
        seals = MemoryAccount(ledger, .seals)
        compactions = MemoryAccount(ledger, .compactions)
    }
}

extension Database {
    /// Counts anew what is estimated from sizes. Costs a few microseconds, and one more for each block.
    func countMemory() {
        head.countMemory()
        accounts.sideData.set(head.sideData.withLock { $0.memoryByteCount })
        accounts.log.set(log?.unsyncedByteCount ?? 0)
        let blocks = commit.withLock { $0.blocks }
        // The blocks of a database in memory are on the heap.
        let isOnHeap = files is MemoryFileSystem
        accounts.blocks.set(
            blocks.reduce(0) { $0 + $1.memoryByteCount + (isOnHeap ? Int(clamping: $1.summary.byteCount) : 0) })
    }

    /// Does what the memory pressure asks for, apart from sealing (``isSealUrgent(_:)``) and from what is refused where
    /// it is asked for. Called each second.
    func relieveMemory(_ state: inout MaintenanceState) {
        countMemory()
        let pressure = memory.pressure
        if pressure != state.pressure {
            state.pressure = pressure
            pages.isTight = pressure > .none
            let limit = configuration.pageCacheByteLimit
            pages.setLimit(pressure == .none ? limit : pressure == .soft ? limit / 4 : 0)
        }
        guard pressure > .none else { return }
        if pressure >= .hard { for block in commit.withLock({ $0.blocks }) { block.dropCaches() } }
        if pressure == .floor { memory.endNewestClaim() }
        let now = configuration.monotonicClock()
        if now >= state.trimAt {
            state.trimAt = now + Self.trimMilliseconds
            HeapMemory.releaseFreePages()
        }
    }

    /// How long free heap stays with the process when memory is scarce. Giving it back walks over all free blocks.
    private static let trimMilliseconds: Int64 = 10_000

    /// Whether memory is so scarce that what is in memory has to be sealed before its time: if that frees a part of the
    /// limit that is worth a small block, and not all the time.
    func isSealUrgent(_ state: borrowing MaintenanceState) -> Bool {
        guard let marks = memory.marks, memory.pressure > .none else { return false }
        let isHard = memory.pressure >= .hard
        guard head.openGeneration.byteCount >= marks.limit / (isHard ? 64 : 32) else { return false }
        guard let sealedAt = state.sealedAt else { return true }
        return configuration.monotonicClock() - sealedAt >= (isHard ? 60_000 : 300_000)
    }

    /// Whether there is room below the hard mark for the compaction of these blocks. One of a whole day waits until
    /// there is; one of two hours is always made, because many small blocks take memory, too.
    func hasRoom(for plan: CompactionPlan, of blocks: [Block]) -> Bool {
        guard let marks = memory.marks, plan.level > 1 else { return true }
        let series = blocks.reduce(0) { $0 + $1.seriesCount }
        return memory.bytes + BlockMerger.byteCount(ofSeries: series) <= marks.hard
    }
}

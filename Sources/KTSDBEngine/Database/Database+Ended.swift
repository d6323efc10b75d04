internal import KTSDBModel
internal import Synchronization

extension Database {
    /// How long after its staleness marker a series stays in memory, at least: its target may come back with the next
    /// scrape.
    private static let staleMilliseconds: Int64 = 60_000
    /// How long a series without samples stays in memory, at least.
    private static let quietMilliseconds: Int64 = 600_000
    /// How often series that have ended are looked for. That walks over the newest samples of all series, 16 bytes
    /// each.
    private static let sweepMilliseconds: Int64 = 60_000
    /// At least this many series, and a fiftieth of all, must have ended for a seal of their own, and as much time must
    /// have passed since the last seal: a small block is mostly index.
    private static let leastEndedSeries = 256, endedPart = 50
    private static let endedSealMilliseconds: Int64 = 300_000

    /// Lets go of series that have ended and whose samples are all in blocks, and counts those that wait for a seal.
    func sweepIfDue(_ state: inout MaintenanceState) {
        let now = configuration.monotonicClock()
        // While a seal is unfinished, samples on their way into blocks are in no slab.
        guard now >= state.sweepAt, state.seal == nil else { return }
        // A view from before the last seal may need series whose only samples are in the blocks of that seal.
        guard (head.epochs.oldestView ?? .max) > state.sealEpoch else { return }
        state.sweepAt = now + Self.sweepMilliseconds
        let policy = acceptancePolicy
        let newest = newestTime.load(ordering: .relaxed)
        // A sample stored while the clock was wrong does not show what time it is.
        let time = newest > policy.latest ? policy.wallClock : newest
        let end = SeriesEnd(
            staleBefore: saturatingDifference(time, Self.staleMilliseconds),
            quietSince: saturatingDifference(time, Self.quietMilliseconds), latest: policy.latest)
        let (ended, waiting) = head.endedSeries(end)
        state.endedSeries = waiting
        guard !ended.isEmpty else { return }
        // Under the commit lock, so that no append comes between the check and the removal.
        commit.withLock { _ in head.retire(ended, end) }
        pruneMetadata()
    }

    /// Whether so many series have ended since the last seal that a seal is worth their memory.
    func isSealDueForEndedSeries(_ state: borrowing MaintenanceState) -> Bool {
        guard state.endedSeries >= Self.leastEndedSeries else { return false }
        guard state.endedSeries >= head.series.withLock({ $0.count }) / Self.endedPart else { return false }
        guard let sealedAt = state.sealedAt else { return true }
        return configuration.monotonicClock() - sealedAt >= Self.endedSealMilliseconds
    }
}

private func saturatingDifference(_ first: Int64, _ second: Int64) -> Int64 {
    let (result, overflow) = first.subtractingReportingOverflow(second)
    return overflow ? .min : result
}

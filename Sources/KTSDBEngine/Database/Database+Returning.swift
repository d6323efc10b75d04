internal import KTSDBModel
internal import Synchronization

/// Series that come back after they have left memory: memory knows no newest sample by which to judge what comes, but
/// blocks may have one.
///
/// Only the first sample of a series needs this, and only if it is not newer than everything in blocks: otherwise it is
/// in order, whatever they have. So series that are new pay nothing for it, however many they are.
extension Database {
    /// The newest samples in blocks of series about which memory knows none. The series are in memory.
    struct ReturningSeries {
        var newest: [(id: SeriesID, sample: NewestSample)] = []
        /// ``Database/latestInBlocks`` and ``Database/maskChanges`` at that time.
        var latest: Int64, maskChanges: Int
    }

    /// Finds the newest samples of the series that return with this batch, in blocks of `state` or of the current one.
    func returningSeries(
        in batch: borrowing Batch, _ policy: AcceptancePolicy, _ state: CommitState? = nil
    ) -> ReturningSeries {
        var returning = ReturningSeries(
            latest: latestInBlocks.load(ordering: .relaxed), maskChanges: maskChanges.load(ordering: .relaxed))
        guard batch.earliest <= returning.latest else { return returning }
        let candidates = head.seriesWithoutNewest(
            slots: batch.slots.span, numbers: batch.numbers.span, times: batch.times.span, through: returning.latest)
        guard !candidates.isEmpty else { return returning }
        let (open, missing) = state.map { ($0.blocks, $0.missing) } ?? commit.withLock { ($0.blocks, $0.missing) }
        let blocks = open.sorted { $0.summary.maxTime > $1.summary.maxTime }
        // With the samples that deletions hide, which may come back.
        let restored =
            blocks.contains { $0.mask != nil }
            ? blocks.map { $0.masked(by: $0.mask?.limited { $0.deletion == nil }) } : []
        let earliestLate = policy.earliestLate(newest: newestTime.load(ordering: .relaxed))
        var readers: [UInt64: BlockNewest] = [:], restoredReaders: [UInt64: BlockNewest] = [:]
        for (id, since) in candidates {
            let (labels, fingerprint) = head.series.withLock { ($0.labels(of: id.slot), $0.fingerprint(of: id.slot)) }
            // A block that cannot be read says nothing, and the sample is stored. If samples replace others, it does so
            // wherever it may have to, unless it would be too old then.
            let replaces = policy.duplicates == .keepLast && policy.window > 0 && since >= earliestLate
            var isUncertain = missing.values.contains { $0.range.upperBound.milliseconds >= since }
            var sample: NewestSample?
            do throws(ReadError) {
                sample = try newestInBlocks(labels, fingerprint, since: since, blocks, &readers)
                // What replaces others must do so too if the deletion is undone.
                if replaces, !restored.isEmpty,
                    let hidden = try newestInBlocks(labels, fingerprint, since: since, restored, &restoredReaders),
                    hidden.time > sample?.time ?? .min
                {
                    sample = NewestSample(time: hidden.time, bits: NewestSample.unknownBits)
                }
            } catch { isUncertain = true }
            if isUncertain, replaces { sample = NewestSample(time: returning.latest, bits: NewestSample.unknownBits) }
            if let sample { returning.newest.append((id, sample)) }
        }
        return returning
    }

    /// Returns the newest sample of a series in blocks, the latest of which come first; nil if it is before `since`.
    func newestInBlocks(
        _ labels: Labels, _ fingerprint: UInt64, since: Int64, _ blocks: [Block],
        _ readers: inout [UInt64: BlockNewest]
    ) throws(ReadError) -> NewestSample? {
        var newest: (sample: NewestSample, rank: SampleRank)?
        for block in blocks {
            guard block.summary.maxTime >= max(since, newest?.sample.time ?? .min) else { break }
            var series = try block.firstSeries(notBelow: fingerprint)
            while series < block.seriesCount, try block.fingerprint(of: series) == fingerprint {
                defer { series += 1 }
                guard try block.labels(of: series) == labels else { continue }
                let number = block.summary.number
                if readers[number] == nil { readers[number] = BlockNewest(block, in: .min ... .max) }
                guard let sample = try self.newest(of: series, in: block, readers[number]!), sample.time >= since else {
                    continue
                }
                if let known = newest, !known.rank.yields(to: block.summary.rank, known.sample.time, sample.time) {
                    continue
                }
                newest = (sample, block.summary.rank)
            }
        }
        return newest?.sample
    }

    func newest(
        of series: UInt32, in block: Block, _ reader: BlockNewest
    ) throws(ReadError) -> NewestSample? {
        let sample = try reader.sample(of: series)
        if sample.time == NewestSamples.noSample { return nil }
        if sample.time != NewestSamples.unknown {
            return NewestSample(time: sample.time, bits: sample.value.bitPattern)
        }
        var columns = SampleColumns()
        try block.decode(series, in: .min ... .max, into: &columns)
        guard columns.times.count > 0 else { return nil }
        let row = columns.times.count - 1
        if let place = columns.histograms.places(of: row..<(row + 1)).first {
            return NewestSample(time: columns.times[row], bits: columns.histograms.values[place].digest)
        }
        return NewestSample(time: columns.times[row], bits: columns.values[row].bitPattern)
    }

    /// Tells memory what was found, before the batch is judged. Called under the commit lock; what may have changed
    /// since is looked up again.
    func judgeByBlocks(
        _ batch: borrowing Batch, _ policy: AcceptancePolicy, _ found: ReturningSeries, mayBeStale: Bool,
        _ state: CommitState
    ) {
        var found = found
        if mayBeStale || found.latest != latestInBlocks.load(ordering: .relaxed)
            || found.maskChanges != maskChanges.load(ordering: .relaxed)
        {
            found = returningSeries(in: batch, policy, state)
        }
        for (id, sample) in found.newest { head.noteNewest(of: id, sample) }
    }

    /// Notes the times of blocks that are about to be shown.
    func noteTimes(of blocks: [Block]) {
        guard let latest = blocks.map(\.summary.maxTime).max() else { return }
        if latest > latestInBlocks.load(ordering: .relaxed) { latestInBlocks.store(latest, ordering: .relaxed) }
    }
}

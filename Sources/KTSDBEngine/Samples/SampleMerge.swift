internal import KTSDBModel

/// Which of two samples of a series at one time counts: that of the lower rank, which was stored first, unless the
/// other one replaces.
struct SampleRank: Hashable, Comparable, BitwiseCopyable {
    /// The last commit of the block.
    var sequence: UInt64
    /// Whether it counts instead of what has a lower rank.
    var replaces: Bool

    /// What is in memory comes after all blocks.
    static let memory = SampleRank(sequence: .max, replaces: false)
    static let memoryReplacing = SampleRank(sequence: .max, replaces: true)

    static func < (left: SampleRank, right: SampleRank) -> Bool {
        left.sequence == right.sequence ? !left.replaces && right.replaces : left.sequence < right.sequence
    }
}

extension SampleRank {
    /// Whether a sample of this rank counts less than another one of the series: that is later, or at the same time and
    /// stored first, or it replaces this one.
    func yields(to other: SampleRank, _ time: Int64, _ otherTime: Int64) -> Bool {
        guard time == otherTime else { return otherTime > time }
        let later = max(self, other)
        return (other == later) == later.replaces
    }
}

/// Merges the parts of a series that overlap in time.
///
/// Parts nearly always follow each other, and then nothing is done. They overlap where samples came late. Of the
/// samples at one time, the one with the lowest rank counts, unless one with a higher rank replaces it. Parts of equal
/// rank are recorded in the order in which they were stored.
struct SampleMerge {
    private var runs: [(start: Int, rank: SampleRank)] = []
    private var overlaps = false

    /// Records that the samples from `start` on were appended, and their rank.
    mutating func note(from start: Int, rank: SampleRank, _ columns: borrowing SampleColumns) {
        guard columns.times.count > start else { return }
        if start > 0, columns.times[start] <= columns.times[start - 1] { overlaps = true }
        runs.append((start, rank))
    }

    /// Moves samples that replace others, and are in memory, to the end of the columns.
    mutating func append(_ replacing: inout SampleColumns, to columns: inout SampleColumns) {
        let before = columns.times.count
        columns.append(replacing)
        replacing.removeAll()
        guard columns.times.count > before else { return }
        columns.timeColumnID = 0
        note(from: before, rank: .memoryReplacing, columns)
        if before > 0 { columns.forgetNoReset(inRow: before) }
    }

    /// Sorts the columns if parts overlap, and keeps one sample for each time.
    func finish(_ columns: inout SampleColumns) {
        guard overlaps else { return }
        columns.timeColumnID = 0
        if columns.hasDetails { return finishWithDetails(&columns) }
        var samples: [(time: Int64, value: Double, rank: SampleRank, row: Int)] = []
        samples.reserveCapacity(columns.times.count)
        for (index, run) in runs.enumerated() {
            let end = index + 1 < runs.count ? runs[index + 1].start : columns.times.count
            for row in run.start..<end { samples.append((columns.times[row], columns.values[row], run.rank, row)) }
        }
        samples.sort { ($0.time, $0.rank, $0.row) < ($1.time, $1.rank, $1.row) }
        var count = 0
        for sample in samples {
            if count == 0 || columns.times[count - 1] < sample.time {
                columns.times[count] = sample.time
                count += 1
            } else if !sample.rank.replaces {
                continue
            }
            columns.values[count - 1] = sample.value
        }
        columns.times.truncate(to: count)
        columns.values.truncate(to: count)
    }

    /// Does the same for samples that may be histograms or have start times. Other samples may now be before a
    /// histogram, so it is no longer known not to be a reset.
    private func finishWithDetails(_ columns: inout SampleColumns) {
        var rows: [(time: Int64, rank: SampleRank, row: Int)] = []
        for (index, run) in runs.enumerated() {
            let end = index + 1 < runs.count ? runs[index + 1].start : columns.times.count
            for row in run.start..<end { rows.append((columns.times[row], run.rank, row)) }
        }
        rows.sort { ($0.time, $0.rank, $0.row) < ($1.time, $1.rank, $1.row) }
        var merged = SampleColumns(), first = 0
        while first < rows.count {
            var winner = rows[first], end = first + 1
            while end < rows.count, rows[end].time == winner.time {
                if rows[end].rank.replaces { winner = rows[end] }
                end += 1
            }
            first = end
            if let place = columns.histograms.places(of: winner.row..<(winner.row + 1)).first {
                merged.histograms.append(columns.histograms.values[place], row: merged.times.count)
                merged.histograms.forgetNoReset(at: merged.histograms.count - 1)
            }
            merged.times.append(winner.time)
            merged.values.append(columns.values[winner.row])
            if !columns.startTimes.isEmpty { merged.startTimes.append(columns.startTimes[winner.row]) }
        }
        merged.sampleLimit = columns.sampleLimit
        swap(&columns, &merged)
    }
}

extension SampleColumns {
    /// Appends the samples of `other`, with their details.
    mutating func append(_ other: borrowing SampleColumns) {
        let start = times.count
        times.append(other.times.span)
        values.append(other.values.span)
        for index in 0..<other.histograms.count {
            histograms.append(other.histograms.values[index], row: start + Int(other.histograms.rows[index]))
        }
        guard !other.startTimes.isEmpty else { return }
        if startTimes.count < start { _ = startTimes.extend(by: start - startTimes.count) }
        startTimes.append(other.startTimes.span)
    }

    /// Drops the samples outside of `range` among those from `start` on, which ascend in time.
    mutating func clip(to range: ClosedRange<Int64>, from start: Int) {
        var first = start, end = times.count
        while end > first, times[end - 1] > range.upperBound { end -= 1 }
        while first < end, times[first] < range.lowerBound { first += 1 }
        let dropped = first - start
        if hasDetails { clipDetails(to: first..<end, from: start) }
        if dropped > 0 {
            for row in first..<end {
                times[row - dropped] = times[row]
                values[row - dropped] = values[row]
            }
        }
        times.truncate(to: end - dropped)
        values.truncate(to: end - dropped)
    }

    /// Drops the details of the rows from `start` on, except those of `kept`.
    private mutating func clipDetails(to kept: Range<Int>, from start: Int) {
        histograms.removeRows(kept.upperBound..<max(kept.upperBound, times.count))
        histograms.removeRows(start..<kept.lowerBound)
        guard startTimes.count > start else { return }
        for row in kept where row < startTimes.count { startTimes[row - kept.lowerBound + start] = startTimes[row] }
        startTimes.truncate(to: max(start, min(startTimes.count, kept.upperBound) - kept.lowerBound + start))
    }

    /// Forgets that the histogram in row `row`, the first of a part, is known not to be a reset: other samples may be
    /// between it and the row before it.
    mutating func forgetNoReset(inRow row: Int) {
        guard !histograms.isEmpty, let place = histograms.places(of: row..<(row + 1)).first else { return }
        histograms.forgetNoReset(at: place)
    }
}

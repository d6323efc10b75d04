internal import KTSDBModel

/// Puts the parts of a series that overlap in time in order.
///
/// Parts come one after the other almost always: then nothing is done. They overlap when a series came back after it had
/// left memory, with samples older than those already sealed. Of two samples at one time the one of the lower rank stays:
/// what was stored first.
struct SampleMerge {
    private var runs: [(start: Int, rank: UInt64)] = []
    private var overlaps = false

    /// Notes that the samples from `start` on were appended, with a rank.
    mutating func note(from start: Int, rank: UInt64, _ columns: borrowing SampleColumns) {
        guard columns.times.count > start else { return }
        if start > 0, columns.times[start] <= columns.times[start - 1] { overlaps = true }
        runs.append((start, rank))
    }

    /// Orders the columns, if that is needed.
    func finish(_ columns: inout SampleColumns) {
        guard overlaps else { return }
        columns.timeColumnID = 0
        var samples: [(time: Int64, value: Double, rank: UInt64)] = []
        samples.reserveCapacity(columns.times.count)
        for (index, run) in runs.enumerated() {
            let end = index + 1 < runs.count ? runs[index + 1].start : columns.times.count
            for row in run.start..<end { samples.append((columns.times[row], columns.values[row], run.rank)) }
        }
        samples.sort { ($0.time, $0.rank) < ($1.time, $1.rank) }
        var count = 0
        for sample in samples where count == 0 || columns.times[count - 1] < sample.time {
            columns.times[count] = sample.time
            columns.values[count] = sample.value
            count += 1
        }
        columns.times.truncate(to: count)
        columns.values.truncate(to: count)
    }
}

extension SampleColumns {
    /// Drops the samples outside of `range` among those from `start` on, which ascend in time.
    mutating func clip(to range: ClosedRange<Int64>, from start: Int) {
        var first = start, end = times.count
        while end > first, times[end - 1] > range.upperBound { end -= 1 }
        while first < end, times[first] < range.lowerBound { first += 1 }
        let dropped = first - start
        if dropped > 0 {
            for row in first..<end {
                times[row - dropped] = times[row]
                values[row - dropped] = values[row]
            }
        }
        times.truncate(to: end - dropped)
        values.truncate(to: end - dropped)
    }
}

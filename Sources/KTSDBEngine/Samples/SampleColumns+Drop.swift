internal import KTSDBModel

extension SampleColumns {
    /// Drops the samples whose times are in one of `ranges` (ascending, apart) from those in the rows from `start` on,
    /// which ascend in time. A histogram that follows dropped samples is no longer known not to be a reset.
    mutating func drop(_ ranges: [ClosedRange<Int64>], from start: Int) {
        for range in ranges.reversed() {
            let first = row(from: start) { $0 < range.lowerBound }
            let end = row(from: first) { $0 <= range.upperBound }
            guard first < end else { continue }
            drop(rows: first..<end)
            forgetNoReset(inRow: first)
        }
    }

    private func row(from start: Int, where isBefore: (Int64) -> Bool) -> Int {
        (start..<times.count).partitionPoint { isBefore(times[$0]) }
    }

    private mutating func drop(rows: Range<Int>) {
        timeColumnID = 0
        if !histograms.isEmpty { histograms.removeRows(rows) }
        // Start times may end earlier: what is missing is not known.
        let known = rows.clamped(to: 0..<startTimes.count)
        startTimes.remove(known.count, at: known.lowerBound)
        values.remove(rows.count, at: rows.lowerBound)
        times.remove(rows.count, at: rows.lowerBound)
    }
}

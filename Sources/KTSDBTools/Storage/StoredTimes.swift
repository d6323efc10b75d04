internal import KTSDBEngine
internal import KTSDBModel

/// What is stored of one series in a range of time, for comparing it with what is about to be stored.
struct StoredTimes {
    enum Comparison { case absent, equal, different }

    private var values: [Int64: Double] = [:], histograms: [Int64: Histogram] = [:]

    /// Reads the series with exactly these labels.
    init(_ labels: Labels, in range: ClosedRange<Timestamp>, of view: ReadView) throws(ReadError) {
        let found = try view.select(
            labels.map { LabelMatcher.equal($0.name, $0.value) }, withSamplesIn: range, limits: nil)
        var columns = SampleColumns()
        for position in 0..<found.count where try found.labels(at: position) == labels {
            try found.decode(position, into: &columns)
            var next = 0
            for row in 0..<columns.times.count {
                if next < columns.histograms.count, Int(columns.histograms.rows[next]) == row {
                    histograms[columns.times[row]] = columns.histograms.values[next]
                    next += 1
                } else {
                    values[columns.times[row]] = columns.values[row]
                }
            }
        }
    }

    /// Compares a sample with the one that is stored at its time. What is known of counter resets does not count: it
    /// follows from the sample before.
    func compare(_ sample: SampleLine.Row) -> Comparison {
        if var stored = histograms[sample.time] {
            guard let histogram = sample.histogram else { return .different }
            if stored.counterResetHint != .gauge { stored.counterResetHint = histogram.counterResetHint }
            return stored == histogram ? .equal : .different
        }
        guard let stored = values[sample.time] else { return .absent }
        return sample.histogram == nil && stored.bitPattern == sample.value.bitPattern ? .equal : .different
    }
}

extension SampleColumns {
    /// Whether there are histograms or start times.
    package var hasDetails: Bool { !histograms.isEmpty || !startTimes.isEmpty }

    /// Removes all samples from `count` on.
    package mutating func truncate(to count: Int) {
        if !histograms.isEmpty { histograms.removeRows(count..<max(count, times.count)) }
        startTimes.truncate(to: min(count, startTimes.count))
        times.truncate(to: count)
        values.truncate(to: min(count, values.count))
    }

    /// Extends the column of start times to all rows with zeros, unless it is empty.
    package mutating func fillStartTimes() {
        if startTimes.count < times.count, !startTimes.isEmpty {
            _ = startTimes.extend(by: times.count - startTimes.count)
        }
    }

    /// Appends a histogram; its row in `values` is 0.
    public mutating func append(_ histogram: Histogram, at time: Int64) {
        histograms.append(histogram, row: times.count)
        times.append(time)
        values.append(0)
    }
}

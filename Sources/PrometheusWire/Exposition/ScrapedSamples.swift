package import KTSDBModel

/// The samples of one scrape body in columns of equal length; reused from body to body.
package struct ScrapedSamples: ~Copyable {
    /// The series of each sample: an index into ``ScrapeCache/payloads``.
    package var entries = Column<UInt32>()
    /// The values.
    package var values = Column<Double>()
    /// The timestamps in the body, in milliseconds, or ``noTimestamp`` for a sample without one. Empty if no sample has
    /// one.
    package var timestamps = Column<Int64>()
    /// The exemplars, with the indices of their samples; most bodies do not have any. A native histogram's are in the
    /// order of time, in which its series takes them.
    package private(set) var exemplars: [(sample: Int, exemplar: Exemplar)] = []

    /// The samples that are native histograms, in the order of the body; their values are 0.
    package internal(set) var histograms: [(sample: Int, histogram: Histogram)] = []
    /// The samples with the times, in milliseconds, at which their counting began, where the body gives them and they
    /// were asked for.
    package private(set) var starts: [(sample: Int, time: Int64)] = []

    /// The entry in ``timestamps`` for a sample without a timestamp.
    package static var noTimestamp: Int64 { .min }

    /// Creates empty columns.
    package init() {}

    /// The number of samples.
    package var count: Int { values.count }

    /// Discards all samples and keeps the memory.
    package mutating func removeAll() {
        entries.removeAll()
        values.removeAll()
        timestamps.removeAll()
        if !exemplars.isEmpty { exemplars.removeAll(keepingCapacity: true) }
        if !histograms.isEmpty { histograms.removeAll(keepingCapacity: histograms.count < 1000) }
        if !starts.isEmpty { starts.removeAll(keepingCapacity: true) }
    }

    @inline(__always)
    mutating func append(_ entry: UInt32, _ value: Double) {
        entries.append(entry)
        values.append(value)
    }

    mutating func append(_ entry: UInt32, _ sample: ExpositionSample) {
        append(entry, sample.value, at: sample.timestamp)
    }

    mutating func append(_ entry: UInt32, _ value: Double, at timestamp: Int64?) {
        append(entry, value)
        if let timestamp {
            fillTimestamps(upTo: count - 1)
            timestamps.append(timestamp)
        }
    }

    mutating func append(_ entry: UInt32, _ histogram: Histogram, at timestamp: Int64?) {
        append(entry, 0, at: timestamp)
        histograms.append((count - 1, histogram))
    }

    /// Appends an exemplar of the last sample.
    mutating func append(_ exemplar: Exemplar) { exemplars.append((count - 1, exemplar)) }

    /// Appends the time at which the last sample's counting began.
    mutating func append(start time: Int64) { starts.append((count - 1, time)) }

    /// Discards the samples after the first `count`, which must not have timestamps, exemplars or histograms.
    mutating func truncate(to count: Int) {
        entries.truncate(to: count)
        values.truncate(to: count)
    }

    /// Removes the samples of rows that satisfy a condition; those that stay keep their order.
    mutating func removeSamples(ofRows isUnwanted: (UInt32) -> Bool) {
        let count = count, isTimed = !timestamps.isEmpty
        var kept = 0, exemplar = 0, keptExemplars: [(sample: Int, exemplar: Exemplar)] = []
        for index in 0..<count {
            let isKept = !isUnwanted(entries[index])
            while exemplar < exemplars.count, exemplars[exemplar].sample == index {
                if isKept { keptExemplars.append((kept, exemplars[exemplar].exemplar)) }
                exemplar += 1
            }
            guard isKept else { continue }
            entries[kept] = entries[index]
            values[kept] = values[index]
            if isTimed { timestamps[kept] = timestamps[index] }
            kept += 1
        }
        entries.truncate(to: kept)
        values.truncate(to: kept)
        if isTimed { timestamps.truncate(to: kept) }
        exemplars = keptExemplars
    }

    /// The column is created at the first sample that has a timestamp: all samples before it do not have one.
    private mutating func fillTimestamps(upTo count: Int) {
        while timestamps.count < count { timestamps.append(Self.noTimestamp) }
    }

    /// Completes the column of timestamps for the last samples, and sorts exemplars.
    mutating func finish() {
        if !timestamps.isEmpty { fillTimestamps(upTo: count) }
        if zip(exemplars, exemplars.dropFirst()).contains(where: { Self.precedes($1, $0) }) {
            exemplars.sort(by: Self.precedes)
        }
    }

    private static func precedes(
        _ left: (sample: Int, exemplar: Exemplar), _ right: (sample: Int, exemplar: Exemplar)
    ) -> Bool {
        guard left.sample == right.sample else { return left.sample < right.sample }
        let (first, second) = (left.exemplar, right.exemplar)
        guard first.timestamp == second.timestamp else {
            return first.timestamp ?? .latest < second.timestamp ?? .latest
        }
        return first.value < second.value
    }
}

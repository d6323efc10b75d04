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
    /// The exemplars, with the indices of their samples; most bodies do not have any.
    package private(set) var exemplars: [(sample: Int, exemplar: Exemplar)] = []

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
    }

    @inline(__always)
    mutating func append(_ entry: UInt32, _ value: Double) {
        entries.append(entry)
        values.append(value)
    }

    mutating func append(_ entry: UInt32, _ sample: ExpositionSample) {
        append(entry, sample.value)
        if let timestamp = sample.timestamp {
            fillTimestamps(upTo: count - 1)
            timestamps.append(timestamp)
        }
    }

    /// Appends an exemplar of the last sample.
    mutating func append(_ exemplar: Exemplar) { exemplars.append((count - 1, exemplar)) }

    /// The column is created at the first sample that has a timestamp: all samples before it do not have one.
    private mutating func fillTimestamps(upTo count: Int) {
        while timestamps.count < count { timestamps.append(Self.noTimestamp) }
    }

    /// Completes the column of timestamps for the last samples.
    mutating func finish() { if !timestamps.isEmpty { fillTimestamps(upTo: count) } }
}

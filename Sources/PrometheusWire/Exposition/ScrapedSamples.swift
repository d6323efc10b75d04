package import KTSDBModel

/// The samples of one page in columns of equal length; reused from page to page.
package struct ScrapedSamples: ~Copyable {
    /// Whose sample it is: an index into ``ScrapeCache/payloads``.
    package var entries = Column<UInt32>()
    /// The values.
    package var values = Column<Double>()
    /// The times that the page gives, in milliseconds, ``noTimestamp`` where it gives none. Empty when it gives none at
    /// all.
    package var timestamps = Column<Int64>()
    /// The exemplars that stand behind samples, with the samples' places in the columns; none on most pages.
    package private(set) var exemplars: [(sample: Int, exemplar: Exemplar)] = []

    /// What ``timestamps`` has for a sample without one.
    package static var noTimestamp: Int64 { .min }

    /// Creates empty columns.
    package init() {}

    /// The number of samples.
    package var count: Int { values.count }

    /// Forgets all samples and keeps the memory.
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

    /// Notes an exemplar of the last sample.
    mutating func append(_ exemplar: Exemplar) { exemplars.append((count - 1, exemplar)) }

    /// Times come into being with the first one there is: all samples before it have none.
    private mutating func fillTimestamps(upTo count: Int) {
        while timestamps.count < count { timestamps.append(Self.noTimestamp) }
    }

    /// Gives the last samples their missing times.
    mutating func finish() { if !timestamps.isEmpty { fillTimestamps(upTo: count) } }
}

public import KTSDBModel

/// The storage of a PromQL test script: it receives the data, and its queries read from it.
public protocol PromQLTestStorage {
    /// Discards all data.
    mutating func removeAll() throws
    /// Adds floats to a series, in ascending order of time; they may be newer or older than the series' other samples.
    mutating func append(_ samples: [Sample], to labels: Labels) throws
    /// Adds histograms to a series, in ascending order of time.
    mutating func append(_ histograms: [TimedHistogram], to labels: Labels) throws
    /// Sets the start times of a series' samples, in milliseconds: when the counting that led to each of them began.
    mutating func setStartTimes(_ starts: [Timestamp: Int64], of labels: Labels) throws
    /// All data added so far.
    var source: any SeriesSource { mutating get throws }
}

/// A histogram and its time.
public struct TimedHistogram: Sendable {
    /// The time of the histogram.
    public var timestamp: Timestamp
    /// The histogram.
    public var histogram: Histogram

    /// Creates a histogram at a time.
    public init(timestamp: Timestamp, histogram: Histogram) {
        self.timestamp = timestamp
        self.histogram = histogram
    }
}

extension ReferenceDatabase: PromQLTestStorage {
    /// The storage itself.
    public var source: any SeriesSource { self }
}

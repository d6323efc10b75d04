public import KTSDBModel

/// Where a PromQL test script puts its data, and what its queries read.
public protocol PromQLTestStorage {
    /// Throws all data away.
    mutating func removeAll() throws
    /// Adds floats to a series, ascending in time; they may follow what the series has, or lie before it.
    mutating func append(_ samples: [Sample], to labels: Labels) throws
    /// Adds histograms to a series, ascending in time.
    mutating func append(_ histograms: [TimedHistogram], to labels: Labels) throws
    /// Says when the counting began that samples of a series are the result of, in milliseconds by sample.
    mutating func setStartTimes(_ starts: [Timestamp: Int64], of labels: Labels) throws
    /// All data added so far.
    var source: any SeriesSource { mutating get throws }
}

/// A histogram and when it was taken.
public struct TimedHistogram: Sendable {
    /// When.
    public var timestamp: Timestamp
    /// What.
    public var histogram: Histogram

    /// Creates a histogram at a time.
    public init(timestamp: Timestamp, histogram: Histogram) {
        self.timestamp = timestamp
        self.histogram = histogram
    }
}

extension ReferenceDatabase: PromQLTestStorage {
    /// The table itself.
    public var source: any SeriesSource { self }
}

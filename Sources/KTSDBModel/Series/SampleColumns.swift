/// The samples of one series as columns of equal length, ascending in time.
///
/// Floats are what nearly all series have, so they pay for nothing else: histograms and start times stand in columns of
/// their own beside them.
///
/// Not `Sendable`: each worker has its own.
public struct SampleColumns: ~Copyable {
    /// Milliseconds since the Unix epoch, strictly ascending.
    public var times: Column<Int64>
    /// The values at `times`, staleness markers included; 0 in rows that hold histograms.
    public var values: Column<Double>
    /// The samples that are histograms; none in most series.
    public var histograms: HistogramColumn
    /// When the counting began that each sample is the result of, in milliseconds since the Unix epoch, 0 where it is
    /// not known. Empty if it is known of no sample, else as long as `times`.
    public var startTimes: Column<Int64>
    /// Names the column of times: equal ids within one selection mean equal `times`, so that window bounds computed
    /// for one series serve the next. 0 is never equal to anything.
    public var timeColumnID: UInt64
    /// How many samples the reader has room for. Who fills the columns looks at it now and then, ends with
    /// ``ReadError/tooManySamples(needed:)`` soon after it is exceeded, and so never reads a series of any length
    /// whole.
    public var sampleLimit = Int.max

    /// Creates empty columns.
    public init() {
        times = Column()
        values = Column()
        histograms = HistogramColumn()
        startTimes = Column()
        timeColumnID = 0
    }

    /// Drops all samples and keeps the memory.
    @inlinable
    public mutating func removeAll() {
        times.removeAll()
        values.removeAll()
        if !histograms.isEmpty { histograms.removeAll() }
        startTimes.removeAll()
        timeColumnID = 0
    }
}

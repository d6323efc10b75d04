/// The samples of one series as columns of equal length, ascending in time.
///
/// Nearly all series have only floats, and pay for nothing else: histograms and start times are in separate columns.
///
/// Not `Sendable`: each worker uses its own columns.
public struct SampleColumns: ~Copyable {
    /// Milliseconds since the Unix epoch, strictly ascending.
    public var times: Column<Int64>
    /// The values at `times`, including staleness markers; 0 in rows of histograms.
    public var values: Column<Double>
    /// The samples that are histograms; empty for most series.
    public var histograms: HistogramColumn
    /// The start time of each sample, at which its counting began: milliseconds since the Unix epoch, 0 if it is not
    /// known. Empty if it is not known for any sample, otherwise as long as `times`.
    public var startTimes: Column<Int64>
    /// Identifies the column of times: within one selection, equal ids mean equal `times`, so that window bounds can be
    /// reused for the next series. 0 is equal to nothing, not even to 0.
    public var timeColumnID: UInt64
    /// The largest number of samples that the reader accepts. Whoever fills the columns checks it now and then, and
    /// throws ``ReadError/tooManySamples(needed:)`` soon after it is exceeded, so that long series are not read whole.
    public var sampleLimit = Int.max

    /// Creates empty columns.
    public init() {
        times = Column()
        values = Column()
        histograms = HistogramColumn()
        startTimes = Column()
        timeColumnID = 0
    }

    /// Removes all samples and keeps the memory.
    @inlinable
    public mutating func removeAll() {
        times.removeAll()
        values.removeAll()
        if !histograms.isEmpty { histograms.removeAll() }
        startTimes.removeAll()
        timeColumnID = 0
    }
}

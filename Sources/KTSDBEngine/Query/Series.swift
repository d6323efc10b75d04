public import KTSDBModel

/// One series of a read view. Safe for use by any number of threads at once.
public struct Series: Sendable {
    /// The series' labels.
    public let labels: Labels
    let selection: Selection
    let position: Int

    /// Reads and decodes the samples in the range that was asked for, floats and histograms together. The
    /// result takes 16 bytes a float; `ktsdb-bench database` prints what decoding costs.
    ///
    /// - Throws: `ReadError` when stored bytes are damaged or cannot be read, or when the limits of the read end it.
    public func samples() throws(ReadError) -> SeriesSamples {
        var columns = SampleColumns()
        try selection.decode(position, into: &columns)
        return SeriesSamples(columns)
    }
}

/// The samples of a series in a range of time: a collection of its floats, ascending in time, staleness markers
/// included, and next to it the series' native histograms.
public struct SeriesSamples: RandomAccessCollection, Hashable, Sendable {
    private var floats: [Sample] = []
    /// The native histograms, ascending in time. The end of a series of histograms is a float,
    /// `Double.staleMarker`.
    public private(set) var histograms: [HistogramSample] = []

    init(_ columns: borrowing SampleColumns) {
        floats.reserveCapacity(columns.times.count - columns.histograms.count)
        for index in 0..<columns.times.count {
            let timestamp = Timestamp(milliseconds: columns.times[index])
            if histograms.count < columns.histograms.count, Int(columns.histograms.rows[histograms.count]) == index {
                let histogram = columns.histograms.values[histograms.count]
                histograms.append(HistogramSample(timestamp: timestamp, histogram: histogram))
            } else {
                floats.append(Sample(timestamp: timestamp, value: columns.values[index]))
            }
        }
    }

    /// The index of the first float: 0.
    public var startIndex: Int { 0 }
    /// The number of floats.
    public var endIndex: Int { floats.count }
    /// The float at `index`.
    public subscript(index: Int) -> Sample { floats[index] }

    /// The last point, a float or a histogram; nil without samples.
    public var newest: SeriesPoint? {
        guard let histogram = histograms.last else { return floats.last.map(SeriesPoint.float) }
        guard let float = floats.last, float.timestamp > histogram.timestamp else { return .histogram(histogram) }
        return .float(float)
    }
}

public import KTSDBModel

/// What an expression evaluated to.
public enum QueryValue: Hashable, Sendable {
    /// One number.
    case scalar(Sample)
    /// A text, from an instant query only.
    case string(String, at: Timestamp)
    /// One sample for each series, all at the time of an instant query.
    case vector([VectorElement])
    /// Several samples for each series: of a range query, or of a range vector in an instant query; ordered by labels.
    case matrix([MatrixSeries])
}

extension QueryValue {
    /// About how many bytes the value takes, arrays that series share counted for each.
    var byteCount: Int {
        func bytes(_ labels: Labels) -> Int { labels.stringForm.count + SeriesIdentity.baseByteCount }
        func bytes(_ histogram: Histogram?) -> Int { histogram?.byteCount ?? 0 }
        return switch self {
        case .scalar, .string: 64
        case .vector(let elements): elements.reduce(0) { $0 + bytes($1.labels) + bytes($1.histogram) }
        case .matrix(let series):
            series.reduce(0) { sum, series in
                sum + bytes(series.labels) + series.values.count * 16
                    + series.histograms.reduce(0) { $0 + $1.byteCount + 8 }
            }
        }
    }
}

/// One series of an instant vector.
public struct VectorElement: Hashable, Sendable {
    /// The series' labels; the metric's name is among them unless an operation took it away.
    public var labels: Labels
    /// The time of the query, not of the stored sample.
    public var timestamp: Timestamp
    /// The value; 0 if the point is a histogram.
    public var value: Double
    private var boxed: HistogramBox?

    /// The point, if it is a histogram.
    public var histogram: Histogram? { boxed?.histogram }

    /// Creates an element that is a float.
    public init(labels: Labels, timestamp: Timestamp, value: Double) {
        self.labels = labels
        self.timestamp = timestamp
        self.value = value
    }

    /// Creates an element that is a histogram.
    public init(labels: Labels, timestamp: Timestamp, histogram: Histogram) {
        self.init(labels: labels, timestamp: timestamp, value: 0)
        boxed = HistogramBox(histogram)
    }
}

/// A histogram elsewhere, so that elements that are floats do not carry its size.
private final class HistogramBox: Hashable, Sendable {
    let histogram: Histogram

    init(_ histogram: Histogram) { self.histogram = histogram }

    static func == (left: HistogramBox, right: HistogramBox) -> Bool { left.histogram == right.histogram }

    func hash(into hasher: inout Hasher) { hasher.combine(histogram) }
}

/// One series of a matrix: two columns of floats of equal length, and two of histograms, each ascending in time, no
/// time in both; not all of them empty.
public struct MatrixSeries: Hashable, Sendable {
    /// The series' labels.
    public var labels: Labels
    /// When; series that have a point at each step share one array.
    public var timestamps: [Timestamp]
    /// The values at `timestamps`.
    public var values: [Double]
    /// The times of the points that are histograms.
    public var histogramTimestamps: [Timestamp]
    /// The histograms at `histogramTimestamps`.
    public var histograms: [Histogram]

    /// Creates a series.
    /// - Precondition: there are as many times as values, and as many times of histograms as histograms.
    public init(
        labels: Labels, timestamps: [Timestamp], values: [Double], histogramTimestamps: [Timestamp] = [],
        histograms: [Histogram] = []
    ) {
        precondition(timestamps.count == values.count, "A series has as many times as values.")
        precondition(histogramTimestamps.count == histograms.count, "A series has a time for each histogram.")
        self.labels = labels
        self.timestamps = timestamps
        self.values = values
        self.histogramTimestamps = histogramTimestamps
        self.histograms = histograms
    }

    /// The points that are floats, in ascending order of time.
    public var samples: some RandomAccessCollection<Sample> {
        timestamps.indices.lazy.map { [self] in Sample(timestamp: timestamps[$0], value: values[$0]) }
    }
}

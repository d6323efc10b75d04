public import KTSDBModel

/// What an expression evaluated to.
public enum QueryValue: Sendable {
    /// One number.
    case scalar(Sample)
    /// A text, from an instant query only.
    case string(String, at: Timestamp)
    /// One sample for each series, all at the time of an instant query.
    case vector([VectorElement])
    /// Several samples for each series: of a range query, or of a range vector in an instant query; ordered by labels.
    case matrix([MatrixSeries])
}

/// One series of an instant vector.
public struct VectorElement: Hashable, Sendable {
    /// The series' labels; the metric's name is among them unless an operation took it away.
    public var labels: Labels
    /// The time of the query, not of the stored sample.
    public var timestamp: Timestamp
    /// The value.
    public var value: Double

    /// Creates an element.
    public init(labels: Labels, timestamp: Timestamp, value: Double) {
        self.labels = labels
        self.timestamp = timestamp
        self.value = value
    }
}

/// One series of a matrix: two columns of equal length, ascending in time, never empty.
public struct MatrixSeries: Hashable, Sendable {
    /// The series' labels.
    public var labels: Labels
    /// When; series that have a point at each step share one array.
    public var timestamps: [Timestamp]
    /// The values at `timestamps`.
    public var values: [Double]

    /// Creates a series.
    /// - Precondition: both columns have the same length.
    public init(labels: Labels, timestamps: [Timestamp], values: [Double]) {
        precondition(timestamps.count == values.count, "A series has as many times as values.")
        self.labels = labels
        self.timestamps = timestamps
        self.values = values
    }

    /// The points, in ascending order of time.
    public var samples: some RandomAccessCollection<Sample> {
        timestamps.indices.lazy.map { [self] in Sample(timestamp: timestamps[$0], value: values[$0]) }
    }
}

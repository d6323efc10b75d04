public import KTSDBModel

/// What a query evaluated to.
public enum LogQLValue: Hashable, Sendable {
    /// The lines of a log query by their labels, ordered by labels.
    case streams([ResultStream])
    /// One value for each series, at the time of an instant query. Ordered by labels, unless the query sorts.
    case vector([ResultSample])
    /// The values of each series at the steps of a range query, ordered by labels.
    case matrix([ResultSeries])
    /// A number without labels, at the time of an instant query in nanoseconds since 1970.
    case scalar(Double, at: Int64)
}

/// The answer to a query.
public struct LogQLResult: Sendable {
    /// What the query evaluated to.
    public var value: LogQLValue
    /// What it cost.
    public var statistics: LogQueryStatistics

    /// Creates a result.
    public init(value: LogQLValue, statistics: LogQueryStatistics = .init()) {
        self.value = value
        self.statistics = statistics
    }
}

/// Lines with equal labels.
public struct ResultStream: Hashable, Sendable {
    /// All labels of the lines; if the query asked for categories, what remains of the stream's labels.
    public var labels: Labels
    /// The names of labels that were set to the empty text, sorted; empty if the query asked for categories.
    public var emptyLabels: [String]
    /// In the query's direction.
    public var lines: [ResultLine]

    /// Creates a stream.
    public init(labels: Labels, emptyLabels: [String] = [], lines: [ResultLine]) {
        self.labels = labels
        self.emptyLabels = emptyLabels
        self.lines = lines
    }
}

/// A line of an answer.
public struct ResultLine: Hashable, Sendable {
    /// Nanoseconds since 1970.
    public var time: Int64
    /// The text; usually UTF-8.
    public var line: [UInt8]
    /// The line's metadata if the query asked for categories, else empty.
    public var metadata: Labels
    /// What parsers and formats have set, if the query asked for categories, else empty.
    public var parsed: Labels
    /// The names of parsed labels whose text is empty, sorted, if the query asked for categories, else empty.
    public var emptyLabels: [String]

    /// Creates a line.
    public init(
        time: Int64, line: [UInt8], metadata: Labels = Labels(), parsed: Labels = Labels(), emptyLabels: [String] = []
    ) {
        self.time = time
        self.line = line
        self.metadata = metadata
        self.parsed = parsed
        self.emptyLabels = emptyLabels
    }
}

/// A value of one series.
public struct ResultSample: Hashable, Sendable {
    /// The series' labels.
    public var labels: Labels
    /// Nanoseconds since 1970.
    public var time: Int64
    /// The value.
    public var value: Double

    /// Creates a sample.
    public init(labels: Labels, time: Int64, value: Double) {
        self.labels = labels
        self.time = time
        self.value = value
    }
}

/// The values of one series.
public struct ResultSeries: Hashable, Sendable {
    /// The series' labels.
    public var labels: Labels
    /// Nanoseconds since 1970, ascending; at least one.
    public var times: [Int64]
    /// As many as times.
    public var values: [Double]

    /// Creates a series.
    public init(labels: Labels, times: [Int64], values: [Double]) {
        self.labels = labels
        self.times = times
        self.values = values
    }
}

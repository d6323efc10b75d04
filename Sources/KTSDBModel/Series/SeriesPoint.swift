/// One point of a series: a float or a native histogram.
public enum SeriesPoint: Hashable, Sendable, Codable {
    /// A float.
    case float(Sample)
    /// A native histogram.
    case histogram(HistogramSample)

    /// When it was measured.
    public var timestamp: Timestamp {
        switch self {
        case .float(let sample): sample.timestamp
        case .histogram(let sample): sample.timestamp
        }
    }

    /// The float; nil for a histogram.
    public var value: Double? {
        if case .float(let sample) = self { sample.value } else { nil }
    }
}

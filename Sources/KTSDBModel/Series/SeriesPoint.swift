/// One point of a series: a float or a native histogram.
public enum SeriesPoint: Hashable, Sendable {
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

extension SeriesPoint: CustomStringConvertible {
    /// As promtool prints it: `21.5 @[1700000000000]`.
    public var description: String {
        switch self {
        case .float(let sample): "\(sample.value) @[\(sample.timestamp)]"
        case .histogram(let sample): "\(sample.histogram) @[\(sample.timestamp)]"
        }
    }
}

extension SeriesPoint: Codable {
    private enum CodingKeys: String, CodingKey { case timestamp, value, histogram }

    /// Writes `timestamp`, and `value` or `histogram`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(timestamp, forKey: .timestamp)
        switch self {
        case .float(let sample): try container.encode(CodableDouble(sample.value), forKey: .value)
        case .histogram(let sample): try container.encode(sample.histogram, forKey: .histogram)
        }
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let timestamp = try container.decode(Timestamp.self, forKey: .timestamp)
        if let histogram = try container.decodeIfPresent(Histogram.self, forKey: .histogram) {
            self = .histogram(HistogramSample(timestamp: timestamp, histogram: histogram))
        } else {
            let value = try container.decode(CodableDouble.self, forKey: .value).value
            self = .float(Sample(timestamp: timestamp, value: value))
        }
    }
}

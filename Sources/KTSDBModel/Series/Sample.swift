/// One measurement of a series.
@frozen
public struct Sample: Hashable, Sendable, BitwiseCopyable {
    /// When the value was measured.
    public var timestamp: Timestamp
    /// The value. Every bit pattern is kept, including NaN payloads.
    public var value: Double

    /// Creates a sample.
    @inlinable
    public init(timestamp: Timestamp, value: Double) {
        self.timestamp = timestamp
        self.value = value
    }
}

extension Sample: Codable {
    private enum CodingKeys: String, CodingKey { case timestamp, value }

    /// Writes `timestamp` and `value`; values that are not finite are the texts `NaN`, `+Inf` and `-Inf`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(timestamp, forKey: .timestamp)
        try container.encode(CodableDouble(value), forKey: .value)
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            timestamp: try container.decode(Timestamp.self, forKey: .timestamp),
            value: try container.decode(CodableDouble.self, forKey: .value).value)
    }
}

/// A native histogram of a series at a time.
public struct HistogramSample: Hashable, Sendable, Codable {
    /// When the histogram was measured.
    public var timestamp: Timestamp
    /// The histogram.
    public var histogram: Histogram

    /// Creates a sample.
    public init(timestamp: Timestamp, histogram: Histogram) {
        self.timestamp = timestamp
        self.histogram = histogram
    }
}

extension Double {
    /// The staleness marker, which ends a series: a NaN with the bits `0x7ff0000000000002`, as in Prometheus.
    @inlinable
    public static var staleMarker: Double { Double(bitPattern: 0x7ff0_0000_0000_0002) }

    /// Whether this is the staleness marker, bit for bit; other NaNs are ordinary values.
    @inlinable
    public var isStaleMarker: Bool { bitPattern == 0x7ff0_0000_0000_0002 }

    /// The NaN that is a result of arithmetic in Prometheus: `0x7ff8000000000001`.
    @inlinable
    public static var ordinaryNaN: Double { Double(bitPattern: 0x7ff8_0000_0000_0001) }
}

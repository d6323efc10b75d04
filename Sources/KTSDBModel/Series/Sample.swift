/// One measurement of a series.
@frozen
public struct Sample: Hashable, Sendable, BitwiseCopyable {
    /// When the value was measured.
    public var timestamp: Timestamp
    /// The value; every bit pattern is kept, NaN payloads included.
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

/// A native histogram of a series and when it was taken.
public struct HistogramSample: Hashable, Sendable, Codable {
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

extension Double {
    /// The value that says "this series ended here": a NaN with the bits `0x7ff0000000000002`, as in Prometheus.
    @inlinable
    public static var staleMarker: Double { Double(bitPattern: 0x7ff0_0000_0000_0002) }

    /// Whether this is the staleness marker, bit for bit; other NaNs are ordinary values.
    @inlinable
    public var isStaleMarker: Bool { bitPattern == 0x7ff0_0000_0000_0002 }

    /// The NaN that arithmetic gives in Prometheus: `0x7ff8000000000001`.
    @inlinable
    public static var ordinaryNaN: Double { Double(bitPattern: 0x7ff8_0000_0000_0001) }
}

/// The newest sample of each of some series in a range of time.
///
/// Not `Sendable`: each worker uses its own.
public struct NewestSamples: ~Copyable {
    /// Milliseconds since the Unix epoch; ``noSample`` for a series without a sample in the range, and ``unknown`` for
    /// one that has to be decoded to know.
    public var times = Column<Int64>()
    /// The value of each sample, which may be a staleness marker. Ignore it where the time is ``noSample`` or
    /// ``unknown``.
    public var values = Column<Double>()

    /// The time of a series without a sample.
    public static var noSample: Int64 { .min }
    /// The time of a series that has to be decoded, for example because its newest sample may be a histogram.
    public static var unknown: Int64 { .max }

    /// Creates an empty list.
    public init() {}

    /// Removes all samples and keeps the memory.
    public mutating func removeAll() {
        times.removeAll()
        values.removeAll()
    }

    /// Appends the sample of the next series.
    @inlinable
    public mutating func append(_ value: Double, at time: Int64) {
        times.append(time)
        values.append(value)
    }

    /// Appends `count` series that have to be decoded.
    public mutating func appendUnknown(_ count: Int) {
        for _ in 0..<count { append(0, at: Self.unknown) }
    }
}

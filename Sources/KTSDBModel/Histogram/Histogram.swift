/// A native histogram: counts of observations in buckets whose bounds are computed from a schema, or listed.
///
/// Counts are doubles, since a rate or a mean of histograms has fractions of observations. A bucket's bounds follow
/// from its index and ``schema``:
///
/// - schema -4...8, *exponential*: bucket `i` of ``positive`` has the values in (2^((i-1)·2^-schema), 2^(i·2^-schema)],
///   bucket `i` of ``negative`` their mirror images, and the *zero bucket* the values with a magnitude up to
///   ``zeroThreshold``;
/// - schema -53, *custom*: bucket `i` of ``positive`` has the values in (customBounds[i-1], customBounds[i]]. The first
///   one starts at -Inf, and the one after the last bound ends at +Inf. Neither the zero bucket nor negative buckets
///   exist.
///
/// ``count`` and ``sum`` are stored as given. Buckets need not add up to ``count``, as NaN is in no bucket.
public struct Histogram: Sendable {
    /// Whether the counter was reset between this histogram and the one before it in its series.
    public enum CounterResetHint: UInt8, Hashable, Sendable, Codable {
        /// Not known: the two have to be compared.
        case unknown
        /// The counter was reset.
        case reset
        /// The counter was not reset.
        case notReset
        /// This is not a counter: counts may fall.
        case gauge
    }

    /// Whether the counter was reset, as far as known.
    public var counterResetHint: CounterResetHint
    /// -4...8, or ``customSchema``.
    public var schema: Int32
    /// The largest magnitude that counts as zero; 0 with custom buckets.
    public var zeroThreshold: Double
    /// The number of observations in the zero bucket; 0 with custom buckets.
    public var zeroCount: Double
    /// The number of all observations.
    public var count: Double
    /// The sum of all observations.
    public var sum: Double
    /// Buckets above zero, or all custom buckets.
    public var positive: HistogramBuckets
    /// Buckets below zero, by the magnitude of their bounds; empty with custom buckets.
    public var negative: HistogramBuckets
    /// The upper bounds of custom buckets, ascending, without +Inf; empty with an exponential schema.
    public var customBounds: [Double]

    /// The schema of custom buckets.
    public static let customSchema: Int32 = -53
    /// The schemas of exponential buckets.
    public static let exponentialSchemas: ClosedRange<Int32> = -4...8

    /// Creates a histogram, by default without observations.
    public init(
        counterResetHint: CounterResetHint = .unknown, schema: Int32 = 0, zeroThreshold: Double = 0,
        zeroCount: Double = 0, count: Double = 0, sum: Double = 0, positive: HistogramBuckets = .init(),
        negative: HistogramBuckets = .init(), customBounds: [Double] = []
    ) {
        self.counterResetHint = counterResetHint
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.zeroCount = zeroCount
        self.count = count
        self.sum = sum
        self.positive = positive
        self.negative = negative
        self.customBounds = customBounds
    }

    /// Whether the bounds are listed in ``customBounds`` and not computed.
    public var usesCustomBuckets: Bool { schema == Self.customSchema }

    /// Whether the schema is one of ``exponentialSchemas``.
    var isExponential: Bool { Self.exponentialSchemas.contains(schema) }

    /// The approximate size of the histogram in memory, in bytes.
    package var byteCount: Int {
        MemoryLayout<Histogram>.size
            + 8
            * (positive.counts.count + negative.counts.count + positive.spans.count + negative.spans.count
                + customBounds.count)
    }

    /// Whether a number of the histogram is infinite, as after adding histograms beyond the range of a double.
    package var hasOverflow: Bool {
        zeroCount.isInfinite || count.isInfinite || sum.isInfinite || positive.counts.contains(where: \.isInfinite)
            || negative.counts.contains(where: \.isInfinite) || customBounds.contains(where: \.isInfinite)
    }
}

extension Histogram: Hashable {
    /// Whether two histograms have the same data, bit for bit, in the same buckets, including empty ones.
    /// ``counterResetHint`` is ignored.
    public static func == (left: Histogram, right: Histogram) -> Bool {
        left.schema == right.schema && left.count.bitPattern == right.count.bitPattern
            && left.sum.bitPattern == right.sum.bitPattern
            && (!left.usesCustomBuckets || left.customBounds == right.customBounds)
            && left.zeroThreshold == right.zeroThreshold && left.zeroCount.bitPattern == right.zeroCount.bitPattern
            && left.negative == right.negative && left.positive == right.positive
    }

    /// Hashes the parts in which most histograms differ.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(schema)
        hasher.combine(count.bitPattern)
        hasher.combine(sum.bitPattern)
        hasher.combine(positive)
    }
}

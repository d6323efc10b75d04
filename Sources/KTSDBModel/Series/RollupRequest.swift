/// What a query asks of rollups in place of samples: what is known of each interval of time.
///
/// An interval is open on the left and closed on the right, and ends at a multiple of its length. Its *point* is a
/// sample at its end.
public struct RollupRequest: Hashable, Sendable {
    /// What the points are.
    public enum Content: Hashable, Sendable {
        /// How many samples the interval has. Raw samples that answer for an interval without a point are ones.
        case count
        /// The smallest value; NaN only if all are, and of equal values the first.
        case minimum
        /// The largest value, likewise.
        case maximum
        /// The last sample, a float or a histogram.
        case last
        /// The sum of all values.
        case sum
        /// Samples between which a counter rises as it does within the interval: its first and last ones, and two
        /// between them if it was reset.
        case counter
        /// The last sample of intervals from which raw samples have been removed, repeated until the next interval
        /// ends; the distance is in milliseconds. All other times are answered by raw samples.
        case filling(every: Int64)
    }

    /// What the points are.
    public var content: Content
    /// The length of the intervals, in milliseconds; positive.
    public var interval: Int64
    /// Lengths of intervals that may be used for series without points of ``interval``, descending.
    public var shorterIntervals: [Int64]
    /// Whether a result that is computed from the points must have the same bits as one from all samples. Otherwise
    /// sums may be rounded differently.
    public var isExact: Bool

    /// Creates a request.
    public init(_ content: Content, interval: Int64, shorterIntervals: [Int64] = [], isExact: Bool) {
        self.content = content
        self.interval = interval
        self.shorterIntervals = shorterIntervals
        self.isExact = isExact
    }
}

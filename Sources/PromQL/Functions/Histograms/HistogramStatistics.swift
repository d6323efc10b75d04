internal import KTSDBModel

/// Histograms without their buckets, for queries that look at count and sum alone.
enum HistogramStatistics {
    /// Takes the buckets away. What they say about resets is first moved into the hints: the first histogram keeps what
    /// is known of it, each other one is compared with the one before.
    static func strip(_ column: inout HistogramColumn) {
        var last: Histogram?
        column.map { histogram in
            var hint = histogram.counterResetHint
            if hint == .unknown, let last { hint = histogram.isReset(from: last) ? .reset : .notReset }
            last = histogram
            return Histogram(
                counterResetHint: hint, schema: histogram.schema, count: histogram.count, sum: histogram.sum)
        }
    }
}

extension HistogramFunction {
    /// The function's value for a histogram.
    func value(_ histogram: Histogram) -> Double {
        switch self {
        case .count: histogram.count
        case .sum: histogram.sum
        case .average: histogram.sum / histogram.count
        case .variance: Self.variance(histogram)
        case .standardDeviation: Self.variance(histogram).squareRoot()
        }
    }

    /// The variance if all observations of a bucket were at its middle: the arithmetic one of custom buckets, the
    /// geometric one of exponential buckets, zero in the zero bucket.
    private static func variance(_ histogram: Histogram) -> Double {
        let mean = histogram.sum / histogram.count
        var squares = 0.0, rest = 0.0
        for bucket in histogram.buckets where bucket.count != 0 {
            var value = 0.0
            if histogram.usesCustomBuckets {
                value = (bucket.upper + bucket.lower) / 2
            } else if bucket.lower > 0 || bucket.upper < 0 {
                value = (bucket.upper * bucket.lower).squareRoot()
                if bucket.upper < 0 { value = -value }
            }
            let difference = value - mean
            compensatedAdd(bucket.count * difference * difference, to: &squares, &rest)
        }
        return (squares + rest) / histogram.count
    }
}

internal import CLibrary
internal import KTSDBModel

/// Quantiles and fractions of native histograms.
///
/// Observations in exponential buckets are taken to lie evenly on a logarithmic scale, as finer buckets would show
/// them; in the zero bucket and in custom buckets evenly between the bounds. A histogram with only positive buckets is
/// taken to have no observation below zero, and the other way round.
enum NativeHistogram {
    /// The φ-quantile, and what has to be said about it.
    ///
    /// NaN without observations. Custom buckets: within the last one the last bound, within the first one as if it
    /// started at zero, or its bound if that is not positive.
    static func quantile(
        _ fraction: Double, _ histogram: Histogram, metricName: String
    ) -> (Double, HistogramAnnotation?) {
        if fraction < 0 { return (-.infinity, nil) }
        if fraction > 1 { return (.infinity, nil) }
        if histogram.count == 0 || fraction.isNaN { return (.nan, nil) }
        // NaN observations are counted and are in no bucket: ranks from above would not know where to start.
        let hasNaNSum = histogram.sum.isNaN
        let fromBelow = hasNaNSum || fraction < 0.5
        var rank = (fromBelow ? fraction : 1 - fraction) * histogram.count
        let buckets = histogram.buckets
        let order = fromBelow ? Array(buckets.indices) : buckets.indices.reversed()
        var bucket = HistogramBucket()
        var reached = 0.0, next = 0
        while next < order.count {
            bucket = buckets[order[next]]
            next += 1
            if bucket.count == 0 { continue }
            reached += bucket.count
            if reached >= rank { break }
        }
        if !histogram.usesCustomBuckets {
            if bucket.lower < 0, bucket.upper > 0 { trimZero(&bucket, histogram) }
        } else if bucket.lower == -.infinity {
            if bucket.upper <= 0 { return (bucket.upper, nil) }
            bucket.lower = 0
        } else if bucket.upper == .infinity {
            return (bucket.lower, nil)
        }
        if reached > histogram.count { reached = histogram.count }
        if reached < rank { return hasNaNSum ? (.nan, .quantileIsNaN(metric: metricName)) : (bucket.upper, nil) }
        rank = fromBelow ? rank - (reached - bucket.count) : reached - rank
        var annotation: HistogramAnnotation?
        if hasNaNSum {
            // Prometheus continues from the last bucket it walked past, so that is where its result is interpolated.
            while next < order.count {
                bucket = buckets[order[next]]
                reached += bucket.count
                next += 1
            }
            if reached < histogram.count { annotation = .quantileIsSkewed(metric: metricName) }
        }
        return (value(in: bucket, at: rank / bucket.count, isLinear: histogram.usesCustomBuckets), annotation)
    }

    /// A zero bucket with nothing observed on one side ends at zero.
    private static func trimZero(_ bucket: inout HistogramBucket, _ histogram: Histogram) {
        if histogram.negative.isEmpty, !histogram.positive.isEmpty {
            bucket.lower = 0
        } else if histogram.positive.isEmpty, !histogram.negative.isEmpty {
            bucket.upper = 0
        }
    }

    /// The value below which a fraction of the bucket's observations lies.
    private static func value(in bucket: HistogramBucket, at fraction: Double, isLinear: Bool) -> Double {
        if isLinear || bucket.lower <= 0 && bucket.upper >= 0 {
            return bucket.lower + (bucket.upper - bucket.lower) * fraction
        }
        let logLower = log2(abs(bucket.lower)), logUpper = log2(abs(bucket.upper))
        if bucket.lower > 0 { return exp2(logLower + (logUpper - logLower) * fraction) }
        return -exp2(logUpper + (logLower - logUpper) * (1 - fraction))
    }

    /// The fraction of observations between two values, and what has to be said about it.
    static func fraction(
        from lower: Double, to upper: Double, _ histogram: Histogram, metricName: String
    ) -> (Double, HistogramAnnotation?) {
        if histogram.count == 0 || lower.isNaN || upper.isNaN { return (.nan, nil) }
        if lower >= upper { return (0, nil) }
        let buckets = histogram.buckets
        let lowerRank = rank(of: lower, buckets, histogram), upperRank = rank(of: upper, buckets, histogram)
        var count = histogram.count, annotation: HistogramAnnotation?
        if histogram.sum.isNaN {
            count = buckets.reduce(0) { $0 + $1.count }
            if count < histogram.count { annotation = .fractionLeavesOutNaN(metric: metricName) }
        }
        func bounded(_ rank: Double?) -> Double {
            guard let rank, !(rank > count) else { return count }
            return rank
        }
        return ((bounded(upperRank) - bounded(lowerRank)) / histogram.count, annotation)
    }

    /// How many observations are below `value`; nil if all are.
    private static func rank(of value: Double, _ buckets: [HistogramBucket], _ histogram: Histogram) -> Double? {
        var rank = 0.0
        for var bucket in buckets {
            let holdsZero = bucket.lower <= 0 && bucket.upper >= 0
            if holdsZero { trimZero(&bucket, histogram) }
            if bucket.lower >= value { return rank }
            if bucket.upper > value {
                // Nothing is known about where observations are in a bucket without a start.
                if bucket.lower == -.infinity, histogram.usesCustomBuckets || holdsZero { return bucket.count }
                let isLinear = histogram.usesCustomBuckets || holdsZero
                return rank + bucket.count * bucket.fraction(below: value, isLinear: isLinear)
            }
            rank += bucket.count
        }
        return nil
    }
}

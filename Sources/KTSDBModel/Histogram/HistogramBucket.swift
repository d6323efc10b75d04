internal import CLibrary

/// A bucket with its bounds.
package struct HistogramBucket {
    package var lower: Double
    package var upper: Double
    /// Whether a value that equals ``lower`` is in the bucket.
    package var includesLower: Bool
    /// Whether a value that equals ``upper`` is in the bucket.
    package var includesUpper: Bool
    package var count: Double

    /// Creates a bucket, by default an empty one.
    package init(
        lower: Double = 0, upper: Double = 0, includesLower: Bool = false, includesUpper: Bool = false,
        count: Double = 0
    ) {
        self.lower = lower
        self.upper = upper
        self.includesLower = includesLower
        self.includesUpper = includesUpper
        self.count = count
    }

    /// Returns the fraction of the bucket's width at or below `value`, which is strictly between finite bounds.
    ///
    /// With `isLinear`, observations are assumed to be spread evenly between the bounds, as in custom buckets and in
    /// the zero bucket; otherwise evenly on a logarithmic scale, on which all exponential buckets of a schema have the
    /// same width.
    package func fraction(below value: Double, isLinear: Bool) -> Double {
        if isLinear { return (value - lower) / (upper - lower) }
        let logLower = log2(abs(lower)), logUpper = log2(abs(upper)), logValue = log2(abs(value))
        if value > 0 { return (logValue - logLower) / (logUpper - logLower) }
        return 1 - (logValue - logUpper) / (logLower - logUpper)
    }
}

extension Histogram {
    /// Returns the positive bucket with an index.
    func positiveBucket(_ index: Int32, _ count: Double) -> HistogramBucket {
        bucket(lower: bound(index &- 1), upper: bound(index), isFirst: index == 0, count)
    }

    /// Returns the negative bucket with an index.
    func negativeBucket(_ index: Int32, _ count: Double) -> HistogramBucket {
        bucket(lower: -bound(index), upper: -bound(index &- 1), isFirst: index == 0, count)
    }

    private func bucket(lower: Double, upper: Double, isFirst: Bool, _ count: Double) -> HistogramBucket {
        if usesCustomBuckets {
            return HistogramBucket(
                lower: lower, upper: upper, includesLower: isFirst, includesUpper: true, count: count)
        }
        return HistogramBucket(
            lower: lower, upper: upper, includesLower: lower < 0, includesUpper: upper > 0, count: count)
    }

    /// The zero bucket.
    var zeroBucket: HistogramBucket {
        HistogramBucket(
            lower: -zeroThreshold, upper: zeroThreshold, includesLower: true, includesUpper: true, count: zeroCount)
    }

    /// All buckets, ascending; the zero bucket only if it is not empty. Buckets that overlap the zero bucket are cut at
    /// its threshold.
    ///
    /// One allocation: the result.
    package var buckets: [HistogramBucket] {
        var result: [HistogramBucket] = []
        result.reserveCapacity(negative.counts.count + positive.counts.count + 1)
        for (index, count) in zip(negative.indices, negative.counts) {
            result.append(cutAtZero(negativeBucket(index, count)))
        }
        result.reverse()
        if zeroCount > 0, !usesCustomBuckets { result.append(zeroBucket) }
        for (index, count) in zip(positive.indices, positive.counts) {
            result.append(cutAtZero(positiveBucket(index, count)))
        }
        return result
    }

    private func cutAtZero(_ bucket: HistogramBucket) -> HistogramBucket {
        var bucket = bucket
        if bucket.upper < 0, bucket.upper > -zeroThreshold { bucket.upper = -zeroThreshold }
        if bucket.lower > 0, bucket.lower < zeroThreshold { bucket.lower = zeroThreshold }
        return bucket
    }
}

extension Histogram: CustomStringConvertible {
    /// The histogram as Prometheus prints it, without empty buckets: `{count:3, sum:5, [-1,1]:1, (1,2]:2}`.
    public var description: String {
        var text = "{count:\(goFormat(count)), sum:\(goFormat(sum))"
        for (index, count) in zip(negative.indices, negative.counts).reversed() where count != 0 {
            text += ", \(negativeBucket(index, count))"
        }
        if zeroCount != 0 { text += ", \(zeroBucket)" }
        for (index, count) in zip(positive.indices, positive.counts) where count != 0 {
            text += ", \(positiveBucket(index, count))"
        }
        return text + "}"
    }
}

extension HistogramBucket: CustomStringConvertible {
    /// The bounds and the count: `(1,2]:3`. A round bracket means that the bound is not included.
    package var description: String {
        (includesLower ? "[" : "(") + goFormat(lower) + "," + goFormat(upper) + (includesUpper ? "]" : ")") + ":"
            + goFormat(count)
    }
}

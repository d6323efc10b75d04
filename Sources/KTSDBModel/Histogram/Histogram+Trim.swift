internal import CLibrary

extension Histogram {
    /// The observations that a trim keeps.
    package enum Trim: Sendable {
        /// Those up to the threshold: `h </ 5`.
        case below
        /// Those from the threshold on: `h >/ 5`.
        case above
    }

    /// Removes the observations above or below `threshold`.
    ///
    /// The bucket that contains the threshold is cut as if its observations were spread evenly (on a logarithmic scale
    /// in exponential buckets). If anything is removed, count and sum are estimated again, with each observation at the
    /// middle of its bucket.
    package mutating func trim(_ trim: Trim, at threshold: Double) {
        clearMeaninglessZeroCount()
        var totals = TrimTotals()
        let hasPositive = trimSide(\.positive, isPositive: true, trim, threshold, &totals)
        let hasNegative = trimSide(\.negative, isPositive: false, trim, threshold, &totals)
        if zeroCount > 0 {
            let (kept, middle) = trimmedZero(hasPositive, hasNegative, trim, threshold)
            if kept != zeroCount {
                zeroCount = kept
                totals.hasChanged = true
            }
            totals.sum += middle * kept
            totals.count += kept
        }
        guard totals.hasChanged else { return }
        count = totals.count
        sum = totals.sum
        compact()
    }

    private struct TrimTotals {
        var count = 0.0
        var sum = 0.0
        var hasChanged = false
    }

    /// - Returns: Whether anything was observed on this side.
    private mutating func trimSide(
        _ side: WritableKeyPath<Histogram, HistogramBuckets>, isPositive: Bool, _ trim: Trim, _ threshold: Double,
        _ totals: inout TrimTotals
    ) -> Bool {
        var buckets = self[keyPath: side]
        var isPopulated = false
        for (place, index) in zip(buckets.counts.indices, buckets.indices) where buckets.counts[place] != 0 {
            isPopulated = true
            let count = buckets.counts[place]
            let bucket = isPositive ? positiveBucket(index, count) : negativeBucket(index, count)
            let isKept = trim == .below ? bucket.upper <= threshold : bucket.lower >= threshold
            let isCut = trim == .below ? bucket.lower < threshold : bucket.upper > threshold
            var kept = 0.0
            if isKept {
                kept = count
                totals.sum += middle(bucket.lower, bucket.upper, isPositive: isPositive) * count
            } else if isCut {
                let middle: Double
                (kept, middle) = trimmed(bucket, isPositive: isPositive, trim, threshold)
                totals.sum += middle * kept
            }
            totals.count += kept
            if kept != count || !isKept && !isCut {
                buckets.counts[place] = kept
                totals.hasChanged = true
            }
        }
        self[keyPath: side] = buckets
        return isPopulated
    }

    /// Returns the count that is kept of a bucket that contains the threshold, and the middle of that part.
    private func trimmed(
        _ bucket: HistogramBucket, isPositive: Bool, _ trim: Trim, _ threshold: Double
    ) -> (kept: Double, middle: Double) {
        if bucket.lower == -.infinity || bucket.upper == .infinity {
            return Self.trimmedUnbounded(bucket, trim, threshold)
        }
        var below = bucket.count * bucket.fraction(below: threshold, isLinear: usesCustomBuckets)
        if threshold <= bucket.lower { below = 0 } else if threshold >= bucket.upper { below = bucket.count }
        switch trim {
        case .below: return (below, middle(bucket.lower, threshold, isPositive: isPositive))
        case .above: return (bucket.count - below, middle(threshold, bucket.upper, isPositive: isPositive))
        }
    }

    /// An unbounded bucket is kept or dropped as a whole, since only one bound is known. The exception is a lowest
    /// custom bucket that ends above zero: it is assumed to start at zero, as for quantiles.
    private static func trimmedUnbounded(
        _ bucket: HistogramBucket, _ trim: Trim, _ threshold: Double
    ) -> (kept: Double, middle: Double) {
        let startsAtZero = bucket.upper > 0 && bucket.upper < .infinity
        switch (bucket.lower == -.infinity, trim) {
        case (true, .below):
            if threshold >= bucket.upper { return (bucket.count, 0) }
            if threshold > 0, startsAtZero { return (bucket.count * threshold / bucket.upper, threshold / 2) }
            if bucket.upper <= 0 { return (bucket.count, threshold) }
            return (0, 0)
        case (true, .above):
            if threshold <= bucket.lower { return (bucket.count, 0) }
            if threshold >= 0, bucket.upper > threshold, bucket.upper < .infinity {
                return (bucket.count * (1 - threshold / bucket.upper), (threshold + bucket.upper) / 2)
            }
            return (0, 0)
        case (false, .below): return (0, 0)
        case (false, .above): return threshold >= bucket.lower ? (bucket.count, threshold) : (0, 0)
        }
    }

    /// The zero bucket is assumed to start or end at zero if all other observations are on one side.
    private func trimmedZero(
        _ hasPositive: Bool, _ hasNegative: Bool, _ trim: Trim, _ threshold: Double
    ) -> (kept: Double, middle: Double) {
        let lower = hasPositive && !hasNegative ? 0 : -zeroThreshold
        let upper = hasNegative && !hasPositive ? 0 : zeroThreshold
        let isBelow = threshold <= lower, isAbove = threshold >= upper
        switch trim {
        case .below:
            if isBelow { return (0, 0) }
            if isAbove { return (zeroCount, (lower + upper) / 2) }
            return (zeroCount * ((threshold - lower) / (upper - lower)), (lower + threshold) / 2)
        case .above:
            if isBelow { return (zeroCount, (lower + upper) / 2) }
            if isAbove { return (0, 0) }
            return (zeroCount * ((upper - threshold) / (upper - lower)), (threshold + upper) / 2)
        }
    }

    /// The assumed mean of the observations between two values.
    private func middle(_ lower: Double, _ upper: Double, isPositive: Bool) -> Double {
        if lower.isInfinite {
            if upper.isInfinite { return 0 }
            return upper > 0 ? upper / 2 : upper
        }
        if upper.isInfinite { return lower }
        if usesCustomBuckets { return (lower + upper) / 2 }
        let mean = abs(lower * upper).squareRoot()
        return isPositive ? mean : -mean
    }
}

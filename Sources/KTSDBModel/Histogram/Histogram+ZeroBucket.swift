// Two histograms may have different zero thresholds. Before they are added or compared, the narrower zero bucket is
// widened, and the counts of the buckets that it then covers are added to it. The new threshold never divides a
// populated bucket, so it may become larger than both were.

extension Histogram {
    /// Returns the count of the zero bucket if its threshold were `threshold`, which is at least the current one.
    ///
    /// - Returns: The count; the threshold, raised to the end of a populated bucket if it was inside one; and the
    ///   rounding error of the count, which starts with that in `rests`.
    func zeroCount(
        upTo threshold: Double, _ rests: HistogramRests? = nil
    ) -> (count: Double, threshold: Double, rest: Double) {
        var rest = rests?.zeroCount ?? 0
        guard threshold != zeroThreshold else { return (zeroCount, threshold, rest) }
        var threshold = threshold
        while true {
            var total = zeroCount
            for (place, index) in zip(positive.counts.indices, positive.indices) {
                guard bound(index &- 1) < threshold else { break }
                compensatedAdd(positive.counts[place], to: &total, &rest)
                if let rests { compensatedAdd(rests.positive[place], to: &total, &rest) }
                if bound(index) > threshold {
                    if positive.counts[place] != 0 { threshold = bound(index) }
                    break
                }
            }
            var hasMoved = false
            for (place, index) in zip(negative.counts.indices, negative.indices) {
                guard bound(index &- 1) < threshold else { break }
                compensatedAdd(negative.counts[place], to: &total, &rest)
                if let rests { compensatedAdd(rests.negative[place], to: &total, &rest) }
                if bound(index) > threshold {
                    if negative.counts[place] != 0 {
                        // The positive buckets have to be counted again.
                        threshold = bound(index)
                        hasMoved = true
                    }
                    break
                }
            }
            if !hasMoved { return (total, threshold, rest) }
        }
    }

    /// Widens zero buckets until both histograms have the same threshold. `other` itself is not changed.
    /// - Returns: The count of the zero bucket of `other` with that threshold, and its rounding error.
    mutating func reconcileZeroBuckets(
        with other: Histogram, _ rests: inout HistogramRests?
    ) -> (count: Double, rest: Double) {
        var theirs = (count: other.zeroCount, threshold: other.zeroThreshold, rest: 0.0)
        while theirs.threshold != zeroThreshold, !theirs.threshold.isNaN, !zeroThreshold.isNaN {
            if zeroThreshold > theirs.threshold { theirs = other.zeroCount(upTo: zeroThreshold) }
            if theirs.threshold > zeroThreshold {
                let ours = zeroCount(upTo: theirs.threshold, rests)
                zeroCount = ours.count
                zeroThreshold = ours.threshold
                rests?.zeroCount = ours.rest
                removeBucketsWithinZero(&rests)
            }
        }
        return (theirs.count, theirs.rest)
    }

    /// Removes the buckets whose counts were added to the zero bucket.
    private mutating func removeBucketsWithinZero(_ rests: inout HistogramRests?) {
        var positiveRests = rests?.positive ?? [], negativeRests = rests?.negative ?? []
        empty(\.positive, &positiveRests)
        empty(\.negative, &negativeRests)
        rests?.positive = positiveRests
        rests?.negative = negativeRests
    }

    private mutating func empty(_ side: WritableKeyPath<Histogram, HistogramBuckets>, _ rests: inout [Double]) {
        var buckets = self[keyPath: side]
        for (place, index) in zip(buckets.counts.indices, buckets.indices) {
            guard bound(index &- 1) < zeroThreshold else { break }
            buckets.counts[place] = 0
            if !rests.isEmpty { rests[place] = 0 }
        }
        buckets.compact(rests: &rests)
        self[keyPath: side] = buckets
    }

    /// Returns the index of the first bucket that extends beyond the zero threshold, on either side.
    func firstIndexBeyondZero(in buckets: HistogramBuckets) -> Int32 {
        guard !usesCustomBuckets, zeroThreshold > 0 else { return .min }
        for index in buckets.indices where Self.exponentialBound(index, schema: schema) > zeroThreshold { return index }
        return .max
    }
}

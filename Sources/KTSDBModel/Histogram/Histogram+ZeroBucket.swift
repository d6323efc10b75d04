// Two histograms may take values of different size for zero. Before they are added or compared, the narrower zero
// bucket is widened: buckets that it then covers are poured into it. The new threshold never cuts a populated bucket in
// two, so it may have to be wider than both were.

extension Histogram {
    /// What the zero bucket would hold if values up to `threshold`, not below the present one, were zero.
    ///
    /// - Returns: the count; the threshold, moved up to the end of a populated bucket if it lay inside of one; and what
    ///   was rounded away from the count, starting with that of `rests`.
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
                        // What was said about the positive buckets no longer holds.
                        threshold = bound(index)
                        hasMoved = true
                    }
                    break
                }
            }
            if !hasMoved { return (total, threshold, rest) }
        }
    }

    /// Widens zero buckets until both histograms have the same threshold; `other` is left as it is.
    /// - Returns: what the zero bucket of `other` would hold then, and what was rounded away from it.
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

    /// Takes away the buckets whose counts are in the zero bucket now.
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

    /// The index of the first bucket that reaches beyond the zero threshold, on either side.
    func firstIndexBeyondZero(in buckets: HistogramBuckets) -> Int32 {
        guard !usesCustomBuckets, zeroThreshold > 0 else { return .min }
        for index in buckets.indices where Self.exponentialBound(index, schema: schema) > zeroThreshold { return index }
        return .max
    }
}

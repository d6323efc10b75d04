extension Histogram {
    /// Whether the counter was reset between `previous` and this histogram: a count fell, or the buckets became finer,
    /// which counting cannot cause. ``counterResetHint`` decides if it is `reset` or `notReset`.
    ///
    /// A gauge is compared like a counter.
    package func isReset(from previous: Histogram) -> Bool {
        switch counterResetHint {
        case .reset: return true
        case .notReset: return false
        case .unknown, .gauge: break
        }
        if count < previous.count { return true }
        if usesCustomBuckets {
            guard previous.usesCustomBuckets else { return true }
            if customBounds != previous.customBounds { return fell(from: previous) }
        }
        if schema > previous.schema || zeroThreshold < previous.zeroThreshold { return true }
        let before = previous.zeroCount(upTo: zeroThreshold)
        // A populated bucket of `previous` that is only partly within the zero bucket cannot be there without a reset.
        if before.threshold != zeroThreshold || zeroCount < before.count { return true }
        return fell(positive, previous.positive, previous.schema) || fell(negative, previous.negative, previous.schema)
    }

    /// Whether the count of any bucket beyond the zero threshold fell, after merging the buckets of `previous` to this
    /// schema.
    private func fell(_ buckets: HistogramBuckets, _ previous: HistogramBuckets, _ previousSchema: Int32) -> Bool {
        var previous = previous
        if previousSchema != schema { previous.reduce(from: previousSchema, to: schema) }
        let first = firstIndexBeyondZero(in: previous)
        if buckets.spans == previous.spans, buckets.counts.count == previous.counts.count, first == .min {
            for (now, before) in zip(buckets.counts, previous.counts) where now < before { return true }
            return false
        }
        var own = zip(buckets.indices, buckets.counts).makeIterator(), next = own.next()
        for (index, before) in zip(previous.indices, previous.counts) where index >= first {
            while let (ownIndex, _) = next, ownIndex < index { next = own.next() }
            if let (ownIndex, now) = next, ownIndex == index {
                if now < before { return true }
            } else if before != 0 {
                return true
            }
        }
        return false
    }

    /// Whether the count of any bucket fell, with both custom histograms reduced to the bounds that both have.
    private func fell(from previous: Histogram) -> Bool {
        let shared = Self.sharedBounds(customBounds, previous.customBounds)
        let now = totals(between: shared), before = previous.totals(between: shared)
        return zip(now, before).contains { $0 < $1 }
    }

    private func totals(between shared: [Double]) -> [Double] {
        var totals = [Double](repeating: 0, count: shared.count + 1), target = 0
        for (index, count) in zip(positive.indices, positive.counts) {
            let upper = bound(index)
            while target < shared.count, shared[target] < upper { target += 1 }
            totals[target] += count
        }
        return totals
    }
}

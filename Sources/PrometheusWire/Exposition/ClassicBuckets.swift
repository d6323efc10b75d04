package import KTSDBModel

/// The buckets of a classic histogram as they come, which become a native histogram with custom buckets.
package struct ClassicBuckets {
    /// Why they do not.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    private var buckets: [(bound: Double, count: Double)] = []
    private var count: Double?
    private var sum = 0.0
    private var problem: Problem?

    package init() {}

    package mutating func removeAll() {
        buckets.removeAll(keepingCapacity: true)
        (count, sum, problem) = (nil, 0, nil)
    }

    /// Sets the number of observations up to a bound. Of several for one bound, the first counts.
    package mutating func setBucket(upTo bound: Double, _ count: Double) {
        if problem != nil { return }
        if bound.isNaN { return fail("bucket boundary must not be NaN") }
        if count < 0 {
            return fail("bucket count must be non-negative: le=\(goFormat(bound)), count=\(goFormat(count))")
        }
        // Nearly all buckets come in order.
        var place = buckets.count
        if let last = buckets.last, last.bound >= bound { place = firstPlace(notBelow: bound) }
        if place < buckets.count, buckets[place].bound == bound { return }
        if place > 0, count < buckets[place - 1].count { return failOrder(count, "<", buckets[place - 1].count) }
        if place < buckets.count, count > buckets[place].count { return failOrder(count, ">", buckets[place].count) }
        buckets.insert((bound, count), at: place)
    }

    private func firstPlace(notBelow bound: Double) -> Int {
        var low = 0, high = buckets.count
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].bound < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Sets the number of all observations.
    package mutating func setCount(_ count: Double) {
        if problem != nil { return }
        if count < 0 { return fail("count must be non-negative: count=\(goFormat(count))") }
        self.count = count
    }

    /// Sets the sum of all observations.
    package mutating func setSum(_ sum: Double) { self.sum = sum }

    private mutating func fail(_ reason: String) { problem = Problem(description: reason) }

    private mutating func failOrder(_ count: Double, _ sign: String, _ other: Double) {
        fail("count is not cumulative: \(goFormat(count)) \(sign) \(goFormat(other))")
    }

    /// Returns the histogram. Without a count, it is that of the last bucket; without a bucket up to +Inf, that one has
    /// the count.
    package func histogram() throws(Problem) -> Histogram {
        if let problem { throw problem }
        let count = count ?? buckets.last?.count ?? 0
        var bounds: [Double] = [], counts: [Double] = [], before = 0.0
        counts.reserveCapacity(buckets.count + 1)
        for bucket in buckets {
            counts.append(bucket.count - before)
            before = bucket.count
            if bucket.bound != .infinity { bounds.append(bucket.bound) }
        }
        if buckets.last?.bound != .infinity {
            counts.append(count - before)
            before = count
        }
        guard count == before else {
            throw Problem(
                description: "count mismatch: count=\(goFormat(count)) != le=+Inf count=\(goFormat(before))")
        }
        var histogram = Histogram(
            schema: Histogram.customSchema, count: count, sum: sum,
            positive: HistogramBuckets(offset: 0, counts: counts), customBounds: bounds)
        let areWhole = counts.allSatisfy { $0 == $0.rounded() }
        histogram.compact(gap: areWhole ? 2 : 0)
        return histogram
    }
}

internal import KTSDBModel

/// One bucket of a classic histogram: the number of observations up to and including a bound.
struct Bucket {
    var upperBound: Double
    var count: Double
}

/// Quantiles and fractions of classic histograms: the buckets of one histogram at one step.
enum ClassicHistogram {
    /// Relative differences between neighbouring counts that are taken as rounding: with a histogram that was summed up
    /// in another order, a bucket may come out a trifle smaller than the one below it.
    private static let tolerance = 1e-12

    /// The φ-quantile, interpolated linearly within the bucket that holds it.
    ///
    /// The highest bucket has no end: a quantile in it is the highest finite bound. The lowest starts at 0 if its bound
    /// is positive. NaN without observations, without a bucket for +Inf, or with fewer than two buckets.
    ///
    /// There is at least one bucket; they are ascending by bound, and changed. Told is also the repair if a count was
    /// below that of a lower bucket.
    static func quantile(
        _ fraction: Double, _ buckets: inout [Bucket], at time: Int64
    ) -> (Double, MonotonicityRepair?) {
        if fraction.isNaN { return (.nan, nil) }
        if fraction < 0 { return (-.infinity, nil) }
        if fraction > 1 { return (.infinity, nil) }
        guard buckets[buckets.count - 1].upperBound == .infinity else { return (.nan, nil) }
        coalesce(&buckets)
        let repair = makeMonotonic(&buckets, at: time)
        let observations = buckets[buckets.count - 1].count
        guard buckets.count >= 2, observations != 0 else { return (.nan, repair) }
        var rank = fraction * observations
        // The first bucket that reaches the rank, else the last. A count that is NaN does not reach it.
        let low = (0..<buckets.count - 1).partitionPoint { !(buckets[$0].count >= rank) }
        if low == buckets.count - 1 { return (buckets[low - 1].upperBound, repair) }
        if low == 0, buckets[0].upperBound <= 0 { return (buckets[0].upperBound, repair) }
        var start = 0.0, count = buckets[low].count
        if low > 0 {
            start = buckets[low - 1].upperBound
            count -= buckets[low - 1].count
            rank -= buckets[low - 1].count
        }
        return (start + (buckets[low].upperBound - start) * (rank / count), repair)
    }

    /// The fraction of observations between two values, interpolated linearly within buckets: at least one, ascending
    /// by bound, and changed.
    static func fraction(from lower: Double, to upper: Double, _ buckets: inout [Bucket]) -> Double {
        guard buckets[buckets.count - 1].upperBound == .infinity else { return .nan }
        coalesce(&buckets)
        let count = buckets[buckets.count - 1].count
        if count == 0 || lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        return (rank(of: upper, buckets, count) - rank(of: lower, buckets, count)) / count
    }

    /// How many observations are below `value`.
    private static func rank(of value: Double, _ buckets: [Bucket], _ count: Double) -> Double {
        var reached = 0.0
        var start = buckets[0].upperBound <= 0 ? -Double.infinity : 0
        for bucket in buckets {
            if start >= value { return reached > count ? count : reached }
            if bucket.upperBound > value {
                // Within a bucket without a start nothing can be interpolated: all its observations count as below.
                let rank =
                    start == -.infinity
                    ? bucket.count
                    : reached + (bucket.count - reached) * (value - start) / (bucket.upperBound - start)
                return rank > count ? count : rank
            }
            reached = bucket.count
            start = bucket.upperBound
        }
        return count
    }

    /// Adds up buckets with the same bound: "1" and "1.0" are two series.
    private static func coalesce(_ buckets: inout [Bucket]) {
        var kept = 0
        for index in 1..<max(1, buckets.count) {
            if buckets[index].upperBound == buckets[kept].upperBound {
                buckets[kept].count += buckets[index].count
            } else {
                kept += 1
                buckets[kept] = buckets[index]
            }
        }
        buckets.removeSubrange((kept + 1)...)
    }

    /// Raises counts that are below that of a lower bucket: a scrape is not atomic, and a search needs them in order.
    private static func makeMonotonic(_ buckets: inout [Bucket], at time: Int64) -> MonotonicityRepair? {
        var repair: MonotonicityRepair?
        var reached = buckets[0].count
        for index in 1..<max(1, buckets.count) {
            let count = buckets[index].count
            if count == reached { continue }
            if almostEqual(reached, count, tolerance: tolerance) {
                buckets[index].count = reached
            } else if count < reached {
                buckets[index].count = reached
                let bound = buckets[index].upperBound
                var extent =
                    repair
                    ?? MonotonicityRepair(
                        firstTime: time, lastTime: time, lowestBound: bound, highestBound: bound, largestDifference: 0)
                extent.lowestBound = min(extent.lowestBound, bound)
                extent.highestBound = max(extent.highestBound, bound)
                extent.largestDifference = max(extent.largestDifference, reached - count)
                repair = extent
            } else {
                reached = count
            }
        }
        return repair
    }
}

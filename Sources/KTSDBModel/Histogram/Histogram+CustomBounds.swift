// Histograms with different custom bounds are reduced to the bounds that both have. Each of their buckets is within one
// bucket of that coarser list, so the result is exact.

extension Histogram {
    /// Returns the bounds that are in both lists, which must ascend.
    static func sharedBounds(_ a: [Double], _ b: [Double]) -> [Double] {
        var shared: [Double] = []
        var i = 0, j = 0
        while i < a.count, j < b.count {
            if a[i] == b[j] { shared.append(a[i]) }
            let (x, y) = (a[i], b[j])
            if x <= y { i += 1 }
            if y <= x { j += 1 }
            // NaN is not a bound and ends the list.
            if x.isNaN || y.isNaN { break }
        }
        return shared
    }

    /// Adds or subtracts a histogram with other custom bounds. Only the bounds that both have are left.
    ///
    /// Sums are compensated. `rests` has one element for each count or is empty; afterwards, one for each new count.
    mutating func addReconcilingBounds(_ other: Histogram, sign: Double, rests: inout [Double]) {
        let shared = Self.sharedBounds(customBounds, other.customBounds)
        var counts = [Double](repeating: 0, count: shared.count + 1), lost = counts
        forEachPlace(in: shared) { place, target in
            compensatedAdd(positive.counts[place], to: &counts[target], &lost[target])
            if !rests.isEmpty { compensatedAdd(rests[place], to: &counts[target], &lost[target]) }
        }
        other.forEachPlace(in: shared) { place, target in
            compensatedAdd(sign * other.positive.counts[place], to: &counts[target], &lost[target])
        }
        var builder = BucketBuilder(capacity: counts.count)
        for index in counts.indices where counts[index] != 0 || lost[index] != 0 {
            builder.append(Int32(index), counts[index], rest: lost[index])
        }
        positive = builder.buckets
        rests = builder.rests
        customBounds = shared
    }

    /// Calls `body` for each bucket with its place and the number of the bucket of `shared` that contains it.
    private func forEachPlace(in shared: [Double], _ body: (_ place: Int, _ target: Int) -> Void) {
        var target = 0
        for (place, index) in zip(positive.counts.indices, positive.indices) {
            let upper = bound(index)
            while target < shared.count, shared[target] < upper { target += 1 }
            body(place, target)
        }
    }
}

// Sums of buckets. A sum has the buckets of both. If both have the same ones, as nearly always, the counts are added in
// one plain loop.

extension HistogramBuckets {
    /// Adds the buckets of `other` from index `first` on, or subtracts them.
    mutating func add(_ other: HistogramBuckets, isNegated: Bool = false, from first: Int32 = .min) {
        let sign = isNegated ? -1.0 : 1.0
        if hasLayout(of: other, from: first) {
            for place in counts.indices { counts[place] += other.counts[place] * sign }
            return
        }
        var none: [Double] = []
        for (target, source) in insert(other, from: first, rests: &none) {
            counts[target] += other.counts[source] * sign
        }
    }

    /// Adds buckets with compensated additions. `rests` has one element for each count of this; `otherRests` has one
    /// for each count of `other`, or is empty.
    mutating func add(
        _ other: HistogramBuckets, _ otherRests: [Double] = [], from first: Int32 = .min, rests: inout [Double]
    ) {
        if hasLayout(of: other, from: first), otherRests.isEmpty {
            for place in counts.indices { compensatedAdd(other.counts[place], to: &counts[place], &rests[place]) }
            return
        }
        for (target, source) in insert(other, from: first, rests: &rests) {
            compensatedAdd(other.counts[source], to: &counts[target], &rests[target])
            guard !otherRests.isEmpty, otherRests[source] != 0 else { continue }
            compensatedAdd(otherRests[source], to: &counts[target], &rests[target])
        }
    }

    private func hasLayout(of other: HistogramBuckets, from first: Int32) -> Bool {
        guard spans == other.spans, counts.count == other.counts.count else { return false }
        return first == .min || spans.isEmpty || spans[0].offset >= first && spans[0].length > 0
    }

    /// Inserts empty buckets for those of `other`, from index `first` on, that are missing here.
    /// - Returns: For each bucket of `other` from `first` on, its place here and its place in `other`.
    private mutating func insert(
        _ other: HistogramBuckets, from first: Int32, rests: inout [Double]
    ) -> [(target: Int, source: Int)] {
        var places: [(target: Int, source: Int)] = []
        places.reserveCapacity(other.counts.count)
        var builder = BucketBuilder(capacity: counts.count + other.counts.count)
        var own = zip(counts.indices, indices).makeIterator(), next = own.next()
        func keep(_ place: Int, _ index: Int32) {
            builder.append(index, counts[place], rest: rests.isEmpty ? 0 : rests[place])
        }
        for (source, index) in zip(other.counts.indices, other.indices) where index >= first {
            while let (place, ownIndex) = next, ownIndex < index {
                keep(place, ownIndex)
                next = own.next()
            }
            places.append((builder.buckets.counts.count, source))
            if let (place, ownIndex) = next, ownIndex == index {
                keep(place, ownIndex)
                next = own.next()
            } else {
                builder.append(index, 0, rest: 0)
            }
        }
        while let (place, ownIndex) = next {
            keep(place, ownIndex)
            next = own.next()
        }
        self = builder.buckets
        rests = builder.rests
        return places
    }
}

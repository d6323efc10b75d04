import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Histograms against their observations` {
    private struct Pair {
        var first: ObservedHistogram
        var second: ObservedHistogram
        /// The buckets that both can be told in.
        var shared: ObservedHistogram.Buckets
    }

    /// Two sets of observations in buckets that need not be the same.
    private func pair(_ generator: inout SeededGenerator) -> Pair {
        let values = (0..<2).map { _ in
            ObservedHistogram.values(count: Int.random(in: 0...40, using: &generator), using: &generator)
        }
        if Bool.random(using: &generator) {
            let bounds = (0..<2).map { _ in
                Array(Set((0..<6).map { _ in Double(Int.random(in: -20...20, using: &generator)) })).sorted()
            }
            let shared = bounds[0].filter { bounds[1].contains($0) }
            return Pair(
                first: .init(values: values[0], buckets: .custom(bounds[0])),
                second: .init(values: values[1], buckets: .custom(bounds[1])), shared: .custom(shared))
        }
        // Powers of two are bounds of every schema from 0 on.
        let schemas = (0..<2).map { _ in Int32.random(in: 0...4, using: &generator) }
        let thresholds = (0..<2).map { _ in [0, 0.5, 1, 4].randomElement(using: &generator)! }
        return Pair(
            first: .init(values: values[0], buckets: .exponential(schema: schemas[0], zeroThreshold: thresholds[0])),
            second: .init(values: values[1], buckets: .exponential(schema: schemas[1], zeroThreshold: thresholds[1])),
            shared: .exponential(schema: schemas.min()!, zeroThreshold: thresholds.max()!))
    }

    @Test(arguments: 0..<200)
    func `a sum holds the observations of both, and a difference gives them back`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pair = pair(&generator)
        let wanted = ObservedHistogram(values: pair.first.values + pair.second.values, buckets: pair.shared).histogram
        var sum = pair.first.histogram
        let notes = try sum.add(pair.second.histogram)
        let total = sum
        sum.compact()
        #expect(sum == wanted)
        #expect(
            notes.contains(.boundsReconciled) == (pair.first.buckets != pair.second.buckets && sum.usesCustomBuckets))

        var compensated = HistogramSum(pair.first.histogram)
        _ = try compensated.add(pair.second.histogram)
        var result = compensated.result
        result.compact()
        #expect(result == wanted)

        var difference = total
        _ = try difference.subtract(pair.second.histogram)
        difference.compact()
        #expect(difference == ObservedHistogram(values: pair.first.values, buckets: pair.shared).histogram)
    }

    @Test(arguments: 0..<100)
    func `a mean of many is their sum divided by their number`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = 1 << Int.random(in: 0...4, using: &generator)
        let parts = (0..<count).map { _ in
            ObservedHistogram(
                values: ObservedHistogram.values(count: 16, using: &generator),
                buckets: .exponential(schema: Int32.random(in: 0...3, using: &generator), zeroThreshold: 1))
        }
        var mean = HistogramMean(parts[0].histogram), lowest = Int32.max
        for part in parts { lowest = min(lowest, part.histogram.schema) }
        for part in parts.dropFirst() { _ = try mean.add(part.histogram) }
        var wanted = ObservedHistogram(
            values: parts.flatMap(\.values), buckets: .exponential(schema: lowest, zeroThreshold: 1)
        ).histogram
        wanted.divide(by: Double(count))
        var result = mean.result
        result.compact()
        #expect(result == wanted)

        var left = HistogramMean(parts[0].histogram)
        for part in parts[1..<max(1, count / 2)] { _ = try left.add(part.histogram) }
        if count > 1 {
            var right = HistogramMean(parts[count / 2].histogram)
            for part in parts[(count / 2 + 1)...] { _ = try right.add(part.histogram) }
            _ = try left.join(right)
            var joined = left.result
            joined.compact()
            #expect(joined == wanted)
        }
    }

    @Test(arguments: 0..<200)
    func `merged buckets are those of the coarser schema`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let fine = Int32.random(in: -2...6, using: &generator), coarse = Int32.random(in: -4...fine, using: &generator)
        let values = ObservedHistogram.values(count: 30, using: &generator)
        var histogram = ObservedHistogram(values: values, buckets: .exponential(schema: fine, zeroThreshold: 0))
            .histogram
        histogram.reduce(to: coarse)
        let wanted = ObservedHistogram(values: values, buckets: .exponential(schema: coarse, zeroThreshold: 0))
            .histogram
        #expect(histogram == wanted)
    }

    @Test(arguments: 0..<200)
    func `more observations are no reset, fewer are`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pair = pair(&generator)
        let before = pair.first.histogram
        // Later histograms may have coarser buckets and a wider zero bucket.
        let grown = ObservedHistogram(values: pair.first.values + pair.second.values, buckets: pair.shared).histogram
        #expect(!grown.isReset(from: before))
        guard !pair.first.values.isEmpty else { return }
        // One observation less, and many more in a bucket that was empty.
        var values = pair.first.values
        let lost = values[0]
        values.removeAll { $0 == lost }
        values += [Double](repeating: 100_000, count: pair.first.values.count)
        #expect(
            ObservedHistogram(values: values, buckets: pair.shared).histogram.isReset(from: before) == !isAbove(pair))
    }

    /// Whether the first observation is in the highest bucket, where it is not missed.
    private func isAbove(_ pair: Pair) -> Bool {
        guard case .custom(let bounds) = pair.shared else { return false }
        return pair.first.values[0] > bounds.last ?? -.infinity
    }

    @Test(arguments: 0..<200)
    func `a trim at a bound keeps the observations on its side`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = ObservedHistogram.values(count: 40, using: &generator)
        let schema = Int32.random(in: 0...4, using: &generator)
        let histogram = ObservedHistogram(values: values, buckets: .exponential(schema: schema, zeroThreshold: 0))
            .histogram
        let threshold = [0.5, 1, 2, 8, 64].randomElement(using: &generator)!
        for (trim, kept) in [
            (Histogram.Trim.below, values.filter { $0 <= threshold }), (.above, values.filter { $0 > threshold }),
        ] {
            var trimmed = histogram
            trimmed.trim(trim, at: threshold)
            let wanted = ObservedHistogram(values: kept, buckets: .exponential(schema: schema, zeroThreshold: 0))
                .histogram
            #expect(trimmed.count == wanted.count)
            #expect(trimmed.positive == wanted.positive && trimmed.negative == wanted.negative)
            #expect(trimmed.zeroCount == wanted.zeroCount)
        }
    }

    @Test(arguments: 0..<200)
    func `buckets hold what was observed between their bounds`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pair = pair(&generator)
        for observed in [pair.first, pair.second] {
            var total = 0.0, upper = -Double.infinity
            for bucket in observed.histogram.buckets {
                #expect(bucket.lower >= upper && bucket.upper >= bucket.lower)
                upper = bucket.upper
                total += bucket.count
                let within = observed.values.count { value in
                    (bucket.includesLower ? value >= bucket.lower : value > bucket.lower)
                        && (bucket.includesUpper ? value <= bucket.upper : value < bucket.upper)
                }
                #expect(Double(within) == bucket.count)
            }
            #expect(total == observed.histogram.count)
        }
    }

    @Test(arguments: 0..<200)
    func `compaction drops empty buckets alone`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var spans: [HistogramSpan] = [], counts: [Double] = []
        for number in 0..<Int.random(in: 0...5, using: &generator) {
            let length = Int.random(in: 0...4, using: &generator)
            let offset = Int32.random(in: number == 0 ? -5...5 : 0...4, using: &generator)
            spans.append(HistogramSpan(offset: offset, length: UInt32(length)))
            for _ in 0..<length { counts.append([0, 0, 1, 2].randomElement(using: &generator)!) }
        }
        let buckets = HistogramBuckets(spans: spans, counts: counts)
        let populated = zip(buckets.indices, buckets.counts).filter { $0.1 != 0 }
        for gap in 0...3 {
            var compact = buckets
            compact.compact(gap: gap)
            let kept = zip(compact.indices, compact.counts).filter { $0.1 != 0 }
            #expect(kept.elementsEqual(populated) { $0 == $1 })
            #expect(compact.spans.reduce(0) { $0 + Int($1.length) } == compact.counts.count)
            #expect(compact.spans.allSatisfy { $0.length > 0 })
            #expect(compact.spans.dropFirst().allSatisfy { $0.offset > gap })
            if gap == 0 { #expect(compact.counts.count == populated.count) }
            #expect(compact.counts.first != 0 && compact.counts.last != 0)
        }
    }
}

import Foundation
import KTSDBModel
import KTSDBTesting

/// Generates native histograms one after the other, as an instrumented program or a federation sends them.
///
/// Counts are whole numbers, or eighths if counts are floats, and so are sums: additions are exact in any order.
struct HistogramSeries {
    /// How the counts develop.
    enum Kind {
        /// They grow, and a reset takes at least a quarter of them. Each increase is small compared with the count, so
        /// that `rate` never extrapolates back to where the count was zero, as Prometheus does since 3.6.
        case counter
        /// They grow from zero, and a reset takes all, or all but a few.
        case small
        /// Each is drawn at random.
        case gauge
    }

    /// The layout of the buckets.
    ///
    /// If buckets are joined to those of a coarser schema, and one of these is cut by a zero bucket, Prometheus counts
    /// the observations in both twice, in sums of some order; its versions, and ktsdb, add in different orders. So a
    /// series does only one of the two.
    enum Layout {
        /// All histograms have this schema; zero buckets end anywhere.
        case schema(Int32)
        /// Zero buckets end where buckets of all schemas do: at powers of 65,536.
        case anySchema
    }

    private let kind: Kind
    private let layout: Layout
    /// Whether counts are floats on the wire.
    let isFloat: Bool
    private let unit: Double
    private var schema: Int32 = 0
    private var zeroThreshold = 0.0
    private var zeroCount = 0.0
    private var positive: [Int32: Double] = [:]
    private var negative: [Int32: Double] = [:]
    private var sum = 0.0
    /// The number of observations of NaN: they are counted, but are not in any bucket.
    private var nanCount = 0.0
    private var random: SeededGenerator

    init(_ kind: Kind, _ layout: Layout, isFloat: Bool, seed: UInt64) {
        (self.kind, self.layout, self.isFloat) = (kind, layout, isFloat)
        unit = isFloat ? 0.125 : 1
        random = SeededGenerator(seed: seed)
        begin()
    }

    /// Chooses the buckets, and fills those of a counter.
    private mutating func begin() {
        switch layout {
        case .schema(let only): (schema, zeroThreshold) = (only, random.pick([0, 0.001, 0x1p-128, 0.25, 1, 3]))
        case .anySchema:
            schema = random.pick([0, 0, 1, 2, 3, -1, -2, -4, 5, 8])
            zeroThreshold = random.pick([0, 0x1p-128, 0x1p-16, 1])
        }
        let first = Int32(random.below(9)) - 4, count = Int32(1 + random.below(6)) + max(0, schema)
        (positive, negative, zeroCount, sum, nanCount) = ([:], [:], 0, 0, 0)
        guard kind == .counter else { return }
        // Buckets do not reach into the zero bucket.
        for index in max(first, lowestIndex)..<(max(first, lowestIndex) + count) where !random.oneIn(5) {
            positive[index] = 1_000_000 + Double(random.below(100_000))
        }
        if random.oneIn(3) {
            for index in lowestIndex..<(lowestIndex + 3) { negative[index] = 1_000_000 + Double(random.below(100_000)) }
        }
        zeroCount = random.oneIn(3) ? 0 : 1_000_000
        sum = Double(random.below(1_000_000))
    }

    /// The first index whose bucket is above the zero bucket.
    private var lowestIndex: Int32 {
        guard zeroThreshold > 0 else { return -8 }
        return Int32((log2(zeroThreshold) * exp2(Double(schema))).rounded(.up)) + 1
    }

    /// Returns the next histogram.
    mutating func next() -> Histogram {
        switch kind {
        case .gauge:
            if random.oneIn(8) { begin() }
            (positive, negative, zeroCount, sum) = ([:], [:], 0, 0)
            if !random.oneIn(15) { observe(1 + random.below(8), most: 20) }
        case .counter, .small:
            if random.oneIn(50) { reset() } else if random.oneIn(25) { coarsen() }
            if !random.oneIn(6) { observe(1 + random.below(3), most: 12) }
            if kind == .small, random.oneIn(60) { (nanCount, sum) = (nanCount + 1, .nan) }
        }
        let result = histogram()
        // Prometheus 2.42 takes a histogram without observations for one with integer counts.
        return isFloat && result.count == 0 ? next() : result
    }

    private mutating func observe(_ times: Int, most: Int) {
        for _ in 0..<times {
            let count = Double(1 + random.below(most)) * unit
            switch random.below(8) {
            case 0: zeroCount += count
            case 1: negative[lowestIndex + Int32(random.below(3)), default: 0] += count
            case 2: positive[lowestIndex + Int32(random.below(12)), default: 0] += count
            default: positive[positive.keys.sorted().randomElement(using: &random) ?? lowestIndex, default: 0] += count
            }
            sum += Double(random.below(200) - 20) / 8
        }
    }

    /// Restarts the program, perhaps with other buckets.
    private mutating func reset() {
        switch random.below(4) {
        case 0:
            let last = total
            begin()
            // Here, too, at least a quarter is lost.
            if kind == .counter { multiply(by: min(1, 0.7 * last / total)) }
        case 1 where kind == .small: (positive, negative, zeroCount, sum, nanCount) = ([:], [:], 0, 0, 0)
        default: multiply(by: kind == .small ? 0.1 : Double(50 + random.below(26)) / 100)
        }
    }

    private mutating func multiply(by factor: Double) {
        positive = positive.mapValues { ($0 * factor).rounded(.down) }
        negative = negative.mapValues { ($0 * factor).rounded(.down) }
        (zeroCount, nanCount) = ((zeroCount * factor).rounded(.down), 0)
        sum = sum.isNaN ? 0 : (sum * factor).rounded()
    }

    /// The number of observations in buckets.
    private var total: Double { zeroCount + positive.values.reduce(0, +) + negative.values.reduce(0, +) }

    /// Joins buckets, as a library does that has too many of them. This is not a reset.
    private mutating func coarsen() {
        if random.oneIn(2), case .anySchema = layout, schema > -4 {
            schema -= 1
            func joined(_ buckets: [Int32: Double]) -> [Int32: Double] {
                Dictionary(buckets.map { (($0 - 1) >> 1 + 1, $1) }, uniquingKeysWith: +)
            }
            (positive, negative) = (joined(positive), joined(negative))
        }
        // The zero bucket grows to the end of a bucket, so that it does not cut any.
        guard random.oneIn(2), zeroThreshold < 4 else { return }
        switch layout {
        case .schema: zeroThreshold = Histogram(schema: schema).bound(max(lowestIndex, -20) + 1)
        case .anySchema: zeroThreshold = zeroThreshold < 0x1p-16 ? 0x1p-16 : zeroThreshold < 1 ? 1 : 0x1p16
        }
        for taken in positive.keys where taken < lowestIndex { zeroCount += positive.removeValue(forKey: taken)! }
        for taken in negative.keys where taken < lowestIndex { zeroCount += negative.removeValue(forKey: taken)! }
    }

    private mutating func histogram() -> Histogram {
        Histogram(
            counterResetHint: kind == .gauge ? .gauge : .unknown, schema: schema, zeroThreshold: zeroThreshold,
            zeroCount: zeroCount, count: total + nanCount, sum: sum, positive: buckets(positive),
            negative: buckets(negative))
    }

    /// Returns the spans of the buckets, including some empty ones.
    private mutating func buckets(_ counts: [Int32: Double]) -> HistogramBuckets {
        var result = HistogramBuckets(), end: Int32 = 0
        for index in counts.keys.sorted() where counts[index] != 0 || random.oneIn(2) {
            if result.spans.isEmpty || index > end {
                result.spans.append(HistogramSpan(offset: index - end, length: 1))
            } else {
                result.spans[result.spans.count - 1].length += 1
            }
            result.counts.append(counts[index]!)
            end = index + 1
        }
        return result
    }
}

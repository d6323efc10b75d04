import KTSDBModel
import KTSDBTesting

/// A sample with all that it has.
enum RichValue: Hashable {
    case float(UInt64)
    case histogram([UInt64], Histogram.CounterResetHint)

    init(_ histogram: Histogram) { self = .histogram(histogram.words, histogram.counterResetHint) }
}

extension Histogram {
    /// Everything but the hint, bit for bit, spans included.
    var words: [UInt64] {
        var words = [UInt64(bitPattern: Int64(schema)), zeroThreshold.bitPattern, count.bitPattern, sum.bitPattern]
        words.append(zeroCount.bitPattern)
        for buckets in [positive, negative] {
            words += [UInt64(buckets.spans.count)]
            words += buckets.spans.map { UInt64(bitPattern: Int64($0.offset)) << 32 | UInt64($0.length) }
            words += buckets.counts.map(\.bitPattern)
        }
        return words + customBounds.map(\.bitPattern)
    }
}

/// Histograms as exporters send them, and as nobody does.
struct HistogramGenerator {
    private var random: SeededGenerator
    private var current: Histogram

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        current = Histogram()
        current = fresh()
    }

    /// The next one of a series: mostly counts that grew, sometimes a reset, another layout, fractions or odd bits.
    mutating func next() -> Histogram {
        switch random.below(24) {
        case 0: current = fresh()
        case 1: for place in current.positive.counts.indices { current.positive.counts[place] = 0 }
        case 2: current.positive.counts = current.positive.counts.map { $0 + 0.25 }
        case 3: current.sum = Double(bitPattern: random.next())
        case 4:
            current.count = [Double.infinity, 0, 1e300, 9_007_199_254_740_994, .leastNonzeroMagnitude][random.below(5)]
        case 5: current.counterResetHint = .gauge
        case 6: current.counterResetHint = [.unknown, .reset, .notReset][random.below(3)]
        default:
            for place in current.positive.counts.indices where random.below(3) == 0 {
                current.positive.counts[place] += Double(random.below(100))
            }
            for place in current.negative.counts.indices { current.negative.counts[place] += Double(place) }
            current.count += 7
            current.sum += Double(random.below(1000)) / 10
        }
        return current
    }

    private mutating func fresh() -> Histogram {
        if random.below(3) == 0 {
            let bounds = (0..<random.below(12)).map { Double($0) * 0.005 + 0.001 }
            return Histogram(
                schema: Histogram.customSchema, count: 3, sum: 0.5,
                positive: HistogramBuckets(offset: 0, counts: bounds.map { _ in Double(random.below(5)) }),
                customBounds: bounds)
        }
        var positive = HistogramBuckets()
        for number in 0..<random.below(4) {
            let length = random.below(number == 0 ? 40 : 3)
            positive.spans.append(
                HistogramSpan(
                    offset: number == 0 ? Int32(random.below(100)) - 50 : Int32(random.below(5)),
                    length: UInt32(length)))
            positive.counts += (0..<length).map { _ in Double(random.below(1000)) }
        }
        let negative = HistogramBuckets(offset: -3, counts: (0..<random.below(4)).map(Double.init))
        return Histogram(
            schema: Int32(random.below(13)) - 4, zeroThreshold: [0, 1e-128, 0.001, 2.5][random.below(4)],
            zeroCount: Double(random.below(5)), count: Double(random.below(10_000)), sum: -1.5, positive: positive,
            negative: negative)
    }
}

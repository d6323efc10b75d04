/// The rounding errors of the numbers of a running sum of histograms.
struct HistogramRests {
    var zeroCount = 0.0
    var count = 0.0
    var sum = 0.0
    /// One for each bucket.
    var positive: [Double]
    var negative: [Double]

    init(for histogram: Histogram) {
        positive = [Double](repeating: 0, count: histogram.positive.counts.count)
        negative = [Double](repeating: 0, count: histogram.negative.counts.count)
    }

    mutating func scale(_ scale: (inout Double) -> Void) {
        scale(&zeroCount)
        scale(&count)
        scale(&sum)
        for place in positive.indices { scale(&positive[place]) }
        for place in negative.indices { scale(&negative[place]) }
    }
}

/// A sum of histograms with compensated additions, in Prometheus' order and with its rounding.
package struct HistogramSum: Sendable {
    /// The sum so far, without the rounding errors.
    package private(set) var value: Histogram
    private var rests: HistogramRests?

    /// Creates a sum of one histogram.
    package init(_ first: Histogram) { value = first }

    /// Adds a histogram, by the rules of ``Histogram/add(_:)``.
    package mutating func add(_ other: Histogram) throws(IncompatibleHistograms) -> HistogramSumNotes {
        guard value.usesCustomBuckets == other.usesCustomBuckets else { throw IncompatibleHistograms() }
        var notes: HistogramSumNotes = value.adoptHint(of: other) ? .resetCollision : []
        if rests == nil { rests = HistogramRests(for: value) }
        if !value.usesCustomBuckets {
            let (zeroCount, rest) = value.reconcileZeroBuckets(with: other, &rests)
            compensatedAdd(zeroCount, to: &value.zeroCount, &rests!.zeroCount)
            compensatedAdd(rest, to: &value.zeroCount, &rests!.zeroCount)
        }
        compensatedAdd(other.count, to: &value.count, &rests!.count)
        compensatedAdd(other.sum, to: &value.sum, &rests!.sum)
        if value.usesCustomBuckets, value.customBounds != other.customBounds {
            value.addReconcilingBounds(other, sign: 1, rests: &rests!.positive)
            notes.insert(.boundsReconciled)
            return notes
        }
        addBuckets(of: other)
        return notes
    }

    private mutating func addBuckets(of other: Histogram) {
        var positive = other.positive, negative = other.negative
        var positiveRests: [Double] = [], negativeRests: [Double] = []
        if other.schema < value.schema {
            value.positive.reduce(from: value.schema, to: other.schema, rests: &rests!.positive)
            value.negative.reduce(from: value.schema, to: other.schema, rests: &rests!.negative)
            value.schema = other.schema
        } else if other.schema > value.schema {
            let zeros = HistogramRests(for: other)
            (positiveRests, negativeRests) = (zeros.positive, zeros.negative)
            positive.reduce(from: other.schema, to: value.schema, rests: &positiveRests)
            negative.reduce(from: other.schema, to: value.schema, rests: &negativeRests)
        }
        value.positive.add(
            positive, positiveRests, from: value.firstIndexBeyondZero(in: positive), rests: &rests!.positive)
        value.negative.add(
            negative, negativeRests, from: value.firstIndexBeyondZero(in: negative), rests: &rests!.negative)
    }

    /// Adds the sum of later histograms.
    package mutating func join(_ other: HistogramSum) throws(IncompatibleHistograms) -> HistogramSumNotes {
        try add(other.result)
    }

    /// Divides the sum.
    package mutating func divide(by divisor: Double) {
        value.divide(by: divisor)
        rests?.scale { $0 /= divisor }
    }

    /// Multiplies the sum.
    package mutating func multiply(by factor: Double) {
        value.multiply(by: factor)
        rests?.scale { $0 *= factor }
    }

    /// The sum including the rounding errors. Empty buckets may be left.
    package var result: Histogram {
        guard let rests else { return value }
        var result = value
        result.zeroCount += rests.zeroCount
        result.count += rests.count
        result.sum += rests.sum
        for place in rests.positive.indices { result.positive.counts[place] += rests.positive[place] }
        for place in rests.negative.indices { result.negative.counts[place] += rests.negative[place] }
        return result
    }
}

/// A mean of histograms. It is the sum divided by their number, which is the most accurate. Once the sum would become
/// infinite, it is a mean that each histogram updates.
package struct HistogramMean: Sendable {
    private var sum: HistogramSum
    private var count = 1.0
    /// Set once `sum` holds the mean itself.
    private var isIncremental = false

    /// Creates a mean of one histogram.
    package init(_ first: Histogram) { sum = HistogramSum(first) }

    /// Adds a histogram to the mean.
    package mutating func add(_ other: Histogram) throws(IncompatibleHistograms) -> HistogramSumNotes {
        try add(other, weight: 1)
    }

    private mutating func add(
        _ other: Histogram, weight: Double
    ) throws(IncompatibleHistograms) -> HistogramSumNotes {
        let total = count + weight
        if !isIncremental {
            var next = sum
            let notes = try next.add(other)
            if !next.value.hasOverflow {
                (sum, count) = (next, total)
                return notes
            }
            isIncremental = true
            sum.divide(by: count)
        }
        var share = other
        share.divide(by: total)
        sum.multiply(by: count / total)
        let notes = try sum.add(share)
        count = total
        return notes
    }

    /// Adds the histograms of `other`, which are later ones.
    package mutating func join(_ other: HistogramMean) throws(IncompatibleHistograms) -> HistogramSumNotes {
        guard other.isIncremental else { return try add(other.sum.result, weight: other.count) }
        let total = count + other.count
        if !isIncremental {
            isIncremental = true
            sum.divide(by: count)
        }
        var share = other.sum.result
        share.multiply(by: other.count / total)
        sum.multiply(by: count / total)
        let notes = try sum.add(share)
        count = total
        return notes
    }

    /// The mean. Empty buckets may be left.
    package var result: Histogram {
        if isIncremental { return sum.result }
        var mean = sum
        mean.divide(by: count)
        return mean.result
    }
}

/// The reason why a histogram is invalid.
@nonexhaustive
public enum HistogramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The schema is neither exponential nor custom.
    case schema(Int32)
    /// The spans have more or fewer buckets than there are counts.
    case spans(needed: Int, counts: Int)
    /// Spans overlap, or leave the range of indices.
    case offset(Int32)
    /// A count is negative.
    case negativeCount(Double)
    /// Custom bounds are not ascending, not finite, or too few.
    case customBounds
    /// There are parts that the schema does not have: custom bounds, or a zero bucket or negative buckets with custom
    /// ones; or the zero threshold is negative or NaN.
    case unexpectedParts

    /// A sentence that says what is wrong.
    public var description: String {
        switch self {
        case .schema(let schema):
            "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, or -53 for custom "
                + "buckets, got schema \(schema)"
        case .spans(let needed, let counts):
            "histogram's spans need \(needed) buckets, have \(counts) buckets"
        case .offset(let offset): "histogram has a span with offset \(offset), which is not after the span before"
        case .negativeCount(let count): "histogram has a negative count of \(goFormat(count))"
        case .customBounds: "histogram's custom bounds must be finite, ascending and as many as its buckets need"
        case .unexpectedParts: "histogram has parts that its schema does not have"
        }
    }
}

extension Histogram {
    /// Checks a histogram from outside: spans and counts must fit, bounds must ascend, and counts must not be negative.
    public func validate() throws(HistogramError) {
        guard usesCustomBuckets || isExponential else { throw .schema(schema) }
        for buckets in [positive, negative] { try Self.validate(buckets) }
        for value in [count, zeroCount] where value < 0 { throw .negativeCount(value) }
        guard usesCustomBuckets else {
            if !customBounds.isEmpty || !(zeroThreshold >= 0) { throw .unexpectedParts }
            return
        }
        if zeroCount != 0 || zeroThreshold != 0 || !negative.isEmpty || !negative.spans.isEmpty {
            throw .unexpectedParts
        }
        for (place, bound) in customBounds.enumerated() {
            guard bound.isFinite, place == 0 || bound > customBounds[place - 1] else { throw .customBounds }
        }
        for index in positive.indices where index < 0 || Int(index) > customBounds.count { throw .customBounds }
    }

    private static func validate(_ buckets: HistogramBuckets) throws(HistogramError) {
        var needed = 0, end = 0
        for (place, span) in buckets.spans.enumerated() {
            if place > 0, span.offset < 0 { throw .offset(span.offset) }
            needed += Int(span.length)
            end += Int(span.offset) + Int(span.length)
            guard end < Int(Int32.max) else { throw .offset(span.offset) }
        }
        guard needed == buckets.counts.count else { throw .spans(needed: needed, counts: buckets.counts.count) }
        for count in buckets.counts where count < 0 { throw .negativeCount(count) }
    }
}

/// One histogram has exponential buckets and the other custom ones, so they cannot be combined.
package struct IncompatibleHistograms: Error {
    package init() {}
}

/// What the caller should report about a sum or difference of two histograms.
package struct HistogramSumNotes: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The hint of one is that the counter was reset, and that of the other that it was not.
    package static let resetCollision = HistogramSumNotes(rawValue: 1)
    /// The custom bounds differed: only those that both have are left.
    package static let boundsReconciled = HistogramSumNotes(rawValue: 2)
}

extension Histogram {
    /// Adds `other`. The result has the coarser schema, at least the larger zero threshold, and the custom bounds that
    /// both have. Empty buckets may be left.
    package mutating func add(_ other: Histogram) throws(IncompatibleHistograms) -> HistogramSumNotes {
        try combine(with: other, sign: 1)
    }

    /// Subtracts `other`, by the rules of ``add(_:)``.
    package mutating func subtract(_ other: Histogram) throws(IncompatibleHistograms) -> HistogramSumNotes {
        try combine(with: other, sign: -1)
    }

    private mutating func combine(
        with other: Histogram, sign: Double
    ) throws(IncompatibleHistograms) -> HistogramSumNotes {
        guard usesCustomBuckets == other.usesCustomBuckets else { throw IncompatibleHistograms() }
        clearMeaninglessZeroCount()
        var notes: HistogramSumNotes = adoptHint(of: other) ? .resetCollision : []
        if !usesCustomBuckets {
            var none: HistogramRests?
            zeroCount += sign * reconcileZeroBuckets(with: other, &none).count
        }
        count += sign * other.count
        sum += sign * other.sum
        if usesCustomBuckets, customBounds != other.customBounds {
            var rests: [Double] = []
            addReconcilingBounds(other, sign: sign, rests: &rests)
            notes.insert(.boundsReconciled)
            return notes
        }
        var other = other
        if !usesCustomBuckets {
            reduce(to: min(schema, other.schema))
            other.reduce(to: schema)
        }
        positive.add(other.positive, isNegated: sign < 0, from: firstIndexBeyondZero(in: other.positive))
        negative.add(other.negative, isNegated: sign < 0, from: firstIndexBeyondZero(in: other.negative))
        return notes
    }

    /// Custom buckets have no zero bucket, but `h * NaN` leaves NaN there. The next operation clears it.
    mutating func clearMeaninglessZeroCount() {
        if usesCustomBuckets { zeroCount = 0 }
    }

    /// Multiplies all counts and the sum. A negative factor makes the histogram a gauge.
    package mutating func multiply(by factor: Double) {
        clearMeaninglessZeroCount()
        zeroCount *= factor
        count *= factor
        sum *= factor
        for place in positive.counts.indices { positive.counts[place] *= factor }
        for place in negative.counts.indices { negative.counts[place] *= factor }
        if factor < 0 { counterResetHint = .gauge }
    }

    /// Divides all counts and the sum. A negative divisor makes the histogram a gauge; zero removes all buckets.
    package mutating func divide(by divisor: Double) {
        clearMeaninglessZeroCount()
        zeroCount /= divisor
        count /= divisor
        sum /= divisor
        guard divisor != 0 else {
            positive = HistogramBuckets()
            negative = HistogramBuckets()
            return
        }
        for place in positive.counts.indices { positive.counts[place] /= divisor }
        for place in negative.counts.indices { negative.counts[place] /= divisor }
        if divisor < 0 { counterResetHint = .gauge }
    }

    /// Sets the hint of a sum: a gauge if one of the two is; otherwise unknown, unless both hints are equal.
    /// - Returns: Whether the hints contradict each other.
    mutating func adoptHint(of other: Histogram) -> Bool {
        switch (counterResetHint, other.counterResetHint) {
        case (let a, let b) where a == b: return false
        case (.gauge, _), (_, .gauge): counterResetHint = .gauge
        case (.unknown, _), (_, .unknown): counterResetHint = .unknown
        default:
            counterResetHint = .unknown
            return true
        }
        return false
    }
}

extension Histogram {
    /// Returns the histogram with all counts and the sum multiplied.
    package func multiplied(by factor: Double) -> Histogram {
        var result = self
        result.multiply(by: factor)
        return result
    }
}

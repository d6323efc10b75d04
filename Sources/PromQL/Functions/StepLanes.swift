internal import KTSDBModel

/// Four neighbouring steps at once, each in its own lane.
///
/// A window is walked in order, each addition waiting for the one before it; the windows of neighbouring steps do not
/// wait for each other. Where four of them hold equally many samples, as with a steady scrape interval they do, they
/// are walked side by side. Each lane makes exactly the operations that its window alone would make, so no bit differs.
typealias StepLanes = SIMD4<Double>

extension WindowInput {
    /// The number of samples in each of the four windows from `step` on; nil if they differ, or there are fewer steps.
    @inline(__always)
    func commonCount(_ step: Int) -> Int? {
        guard step + 3 < lower.count else { return nil }
        let count = upper[step] - lower[step]
        guard count > 0, upper[step + 1] - lower[step + 1] == count, upper[step + 2] - lower[step + 2] == count,
            upper[step + 3] - lower[step + 3] == count
        else { return nil }
        return Int(count)
    }

    /// The first samples of the four windows from `step` on.
    @inline(__always)
    func starts(_ step: Int) -> SIMD4<Int32> {
        SIMD4(lower[step], lower[step + 1], lower[step + 2], lower[step + 3])
    }

    /// The `index`-th values of the four windows that start at `starts`.
    @inline(__always)
    func lanes(_ starts: SIMD4<Int32>, _ index: Int) -> StepLanes {
        StepLanes(
            values[Int(starts[0]) + index], values[Int(starts[1]) + index], values[Int(starts[2]) + index],
            values[Int(starts[3]) + index])
    }
}

extension Span<Double> {
    /// Whether each of `count` values from `index` on, a multiple of four, is at least the one before it. Without an
    /// early exit.
    @inline(__always)
    func ascends(_ index: Int, by count: Int) -> Bool {
        precondition(
            index > 0 && index <= self.count - count, "\(count) values at \(index) are not within \(self.count).")
        var ascends = SIMDMask<SIMD4<Int64>>(repeating: true)
        for offset in stride(from: 0, to: count, by: 4) {
            ascends .&= lanes(index + offset) .>= lanes(index + offset - 1)
        }
        return all(ascends)
    }

    /// Whether one of `count` values from `index` on, a multiple of four, has these bits. Without an early exit.
    @inline(__always)
    func hasBits(_ bits: UInt64, _ index: Int, of count: Int) -> Bool {
        precondition(
            index >= 0 && index <= self.count - count, "\(count) values at \(index) are not within \(self.count).")
        var found = SIMDMask<SIMD4<Int64>>(repeating: false)
        for offset in stride(from: 0, to: count, by: 4) {
            found .|= bitLanes(index + offset) .== SIMD4(repeating: bits)
        }
        return any(found)
    }
}

extension MutableSpan<Double> {
    /// The four values from `index` on.
    @inline(__always)
    func lanes(_ index: Int) -> StepLanes { span.lanes(index) }
}

extension StepLanes {
    @inline(__always)
    var magnitudes: StepLanes { replacing(with: -self, where: self .< 0) }

    /// Whether no lane is infinite or NaN.
    @inline(__always)
    var isFinite: Bool { all(magnitudes .<= .greatestFiniteMagnitude) }
}

/// ``compensatedAdd(_:to:_:)`` in four lanes, for sums that stay finite: the caller looks at the end, as an infinite
/// sum never becomes finite again.
@inline(__always)
func compensatedAdd(_ values: StepLanes, to sums: inout StepLanes, _ compensations: inout StepLanes) {
    let totals = sums + values
    let rests = ((values - totals) + sums).replacing(
        with: (sums - totals) + values, where: sums.magnitudes .>= values.magnitudes)
    compensations += rests
    sums = totals
}

internal import KTSDBModel

// The functions over windows that add values up.

extension WindowFunction {
    /// `sum_over_time`, `avg_over_time`.
    func applySums(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        if Self.prefixSums(of: input.values, into: &scratch.sums) {
            applyPrefixSums(input, scratch.sums.span, into: &row)
            return
        }
        try input.forEachWindow(&scratch, into: &row) {
            sumLanes($0, $1, $2)
        } _: {
            self == .sum ? Self.sum($0) : Self.average($0)
        }
    }

    /// Each partial sum is exact, so no compensation ever arises: the difference of two has the same bits.
    private func applyPrefixSums(
        _ input: borrowing WindowInput, _ sums: Span<Double>, into row: inout MutableSpan<Double>
    ) {
        for step in row.indices {
            let window = input.window(step)
            guard !window.isEmpty else {
                row[step] = .absent
                continue
            }
            let sum = sums[window.upperBound] - sums[window.lowerBound]
            row[step] = self == .sum ? sum : sum / Double(window.count)
        }
    }

    /// Four windows at once.
    /// - Returns: nil if a sum is not finite: then each window is summed alone.
    @inline(__always)
    private func sumLanes(_ input: borrowing WindowInput, _ step: Int, _ count: Int) -> StepLanes? {
        let starts = input.starts(step)
        // A mean starts with its first value, a sum with zero.
        var sums = self == .sum ? StepLanes.zero : input.lanes(starts, 0), rests = StepLanes.zero
        for index in (self == .sum ? 0 : 1)..<count { compensatedAdd(input.lanes(starts, index), to: &sums, &rests) }
        guard sums.isFinite else { return nil }
        let divisor = StepLanes(repeating: Double(count))
        return self == .sum ? sums + rests : sums / divisor + rests / divisor
    }

    /// The running sums of `values` if all of them are whole and the sum of their magnitudes is below 2^53: then no
    /// addition in any order rounds.
    private static func prefixSums(of values: Span<Double>, into sums: inout Column<Double>) -> Bool {
        sums.removeAll()
        sums.append(0)
        var sum = 0.0, magnitude = 0.0
        for index in values.indices {
            let value = values[index]
            // -0 is left to the long way: its sign would be lost.
            guard value.rounded(.towardZero) == value, value != 0 || value.sign == .plus else { return false }
            magnitude += abs(value)
            guard magnitude < 9_007_199_254_740_992 else { return false }
            sum += value
            sums.append(sum)
        }
        return true
    }

    static func sum(_ values: Span<Double>) -> Double {
        var sum = 0.0, compensation = 0.0
        for index in values.indices { compensatedAdd(values[index], to: &sum, &compensation) }
        return sum.isInfinite ? sum : sum + compensation
    }

    /// The mean of at least one value: the sum by the count, or a running mean once the sum would overflow.
    static func average(_ values: Span<Double>) -> Double {
        var mean = RunningMean(values[0])
        for index in 1..<max(1, values.count) { mean.add(values[index]) }
        return mean.value
    }

    /// `stddev_over_time`, `stdvar_over_time`: Welford's method, compensated.
    func applyVariance(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        try input.forEachWindow(&scratch, into: &row) {
            varianceLanes($0, $1, $2)
        } _: {
            let variance = Self.variance($0)
            return self == .variance ? variance : variance.squareRoot()
        }
    }

    private static func variance(_ values: Span<Double>) -> Double {
        var count = 0.0, mean = 0.0, meanRest = 0.0, squares = 0.0, squaresRest = 0.0
        for index in values.indices {
            count += 1
            let difference = values[index] - (mean + meanRest)
            compensatedAdd(difference / count, to: &mean, &meanRest)
            compensatedAdd(difference * (values[index] - (mean + meanRest)), to: &squares, &squaresRest)
        }
        return (squares + squaresRest) / count
    }

    /// Four windows at once; nil if a result is not finite.
    @inline(__always)
    private func varianceLanes(_ input: borrowing WindowInput, _ step: Int, _ count: Int) -> StepLanes? {
        let starts = input.starts(step)
        var mean = StepLanes.zero, meanRest = StepLanes.zero, squares = StepLanes.zero, squaresRest = StepLanes.zero
        for index in 0..<count {
            let values = input.lanes(starts, index)
            let difference = values - (mean + meanRest)
            compensatedAdd(difference / StepLanes(repeating: Double(index + 1)), to: &mean, &meanRest)
            compensatedAdd(difference * (values - (mean + meanRest)), to: &squares, &squaresRest)
        }
        guard mean.isFinite, squares.isFinite else { return nil }
        let variances = (squares + squaresRest) / StepLanes(repeating: Double(count))
        return self == .variance ? variances : variances.squareRoot()
    }
}

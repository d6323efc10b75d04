internal import Glibc
internal import KTSDBModel

// The functions over the values of a window: `sum_over_time` and its family.

extension WindowFunction {
    /// What depends on where the window is and not on what the samples are.
    func applyPositional(_ input: borrowing WindowInput, into row: inout MutableSpan<Double>) {
        for step in row.indices {
            let window = input.window(step)
            guard !window.isEmpty else {
                row[step] = .absent
                continue
            }
            row[step] =
                switch self {
                case .count: Double(window.count)
                case .first: point(input.values[window.lowerBound])
                case .last: point(input.values[window.upperBound - 1])
                case .timeOfFirst: Double(input.times[window.lowerBound]) / 1000
                case .timeOfLast: Double(input.times[window.upperBound - 1]) / 1000
                default: 1
                }
        }
    }

    /// `min_over_time`, `max_over_time`. NaN only if all are; of equal extremes the first, which tells 0 from -0.
    ///
    /// A queue of candidates: each is better than all after it, so that the first of those still in the window is the
    /// answer and each sample enters and leaves once.
    func applyExtreme(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) {
        let values = input.values
        let wantsSmaller = self == .minimum
        scratch.integers.removeAll()
        var head = 0, entered = 0
        for step in row.indices {
            let window = input.window(step)
            if entered < window.lowerBound { entered = window.lowerBound }
            while entered < window.upperBound {
                let value = values[entered]
                if !value.isNaN {
                    while scratch.integers.count > head {
                        let back = values[Int(scratch.integers[scratch.integers.count - 1])]
                        guard wantsSmaller ? value < back : value > back else { break }
                        scratch.integers.truncate(to: scratch.integers.count - 1)
                    }
                    scratch.integers.append(Int32(entered))
                }
                entered += 1
            }
            while head < scratch.integers.count, Int(scratch.integers[head]) < window.lowerBound { head += 1 }
            if window.isEmpty {
                row[step] = .absent
            } else if head < scratch.integers.count {
                row[step] = values[Int(scratch.integers[head])]
            } else {
                row[step] = point(values[window.upperBound - 1])
            }
        }
    }

    /// `ts_of_min_over_time`, `ts_of_max_over_time`: of several equal extremes the last.
    func applyTimeOfExtreme(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        for step in row.indices {
            let window = input.window(step)
            try scratch.meter.add(window.count)
            guard !window.isEmpty else {
                row[step] = .absent
                continue
            }
            var best = window.lowerBound
            for index in window {
                let value = input.values[index], extreme = input.values[best]
                if (self == .timeOfMinimum ? value <= extreme : value >= extreme) || extreme.isNaN { best = index }
            }
            row[step] = Double(input.times[best]) / 1000
        }
    }

    /// `sum_over_time`, `avg_over_time`.
    func applySums(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        if Self.prefixSums(of: input.values, into: &scratch.sums) {
            applyPrefixSums(input, scratch.sums.span, into: &row)
            return
        }
        var step = 0
        while step < row.count {
            if let count = input.commonCount(step), applySums(input, step, count, into: &row) {
                try scratch.meter.add(4 * count)
                step += 4
                continue
            }
            let window = input.window(step)
            try scratch.meter.add(window.count)
            if window.isEmpty {
                row[step] = .absent
            } else {
                let values = input.values.extracting(window)
                row[step] = point(self == .sum ? Self.sum(values) : Self.average(values))
            }
            step += 1
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
    /// - Returns: false if a sum is not finite: then each window takes the long way.
    private func applySums(
        _ input: borrowing WindowInput, _ step: Int, _ count: Int, into row: inout MutableSpan<Double>
    ) -> Bool {
        let starts = input.starts(step)
        // A mean starts with its first value, a sum with zero.
        var sums = self == .sum ? StepLanes.zero : input.lanes(starts, 0), rests = StepLanes.zero
        for index in (self == .sum ? 0 : 1)..<count { compensatedAdd(input.lanes(starts, index), to: &sums, &rests) }
        guard sums.isFinite else { return false }
        let divisor = StepLanes(repeating: Double(count))
        let results = self == .sum ? sums + rests : sums / divisor + rests / divisor
        for lane in 0..<4 { row[step + lane] = results[lane] }
        return true
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
        var step = 0
        while step < row.count {
            if let count = input.commonCount(step), applyVariance(input, step, count, into: &row) {
                try scratch.meter.add(4 * count)
                step += 4
                continue
            }
            let window = input.window(step)
            try scratch.meter.add(window.count)
            if window.isEmpty {
                row[step] = .absent
            } else {
                let variance = Self.variance(input.values.extracting(window))
                row[step] = point(self == .variance ? variance : variance.squareRoot())
            }
            step += 1
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

    /// Four windows at once; false if a result is not finite.
    private func applyVariance(
        _ input: borrowing WindowInput, _ step: Int, _ count: Int, into row: inout MutableSpan<Double>
    ) -> Bool {
        let starts = input.starts(step)
        var mean = StepLanes.zero, meanRest = StepLanes.zero, squares = StepLanes.zero, squaresRest = StepLanes.zero
        for index in 0..<count {
            let values = input.lanes(starts, index)
            let difference = values - (mean + meanRest)
            compensatedAdd(difference / StepLanes(repeating: Double(index + 1)), to: &mean, &meanRest)
            compensatedAdd(difference * (values - (mean + meanRest)), to: &squares, &squaresRest)
        }
        guard mean.isFinite, squares.isFinite else { return false }
        let variances = (squares + squaresRest) / StepLanes(repeating: Double(count))
        let results = self == .variance ? variances : variances.squareRoot()
        for lane in 0..<4 { row[step + lane] = point(results[lane]) }
        return true
    }

    /// `quantile_over_time`, `mad_over_time`.
    func applyQuantile(
        _ input: borrowing WindowInput, _ parameters: [ScalarRow], _ scratch: inout WindowScratch,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        for step in row.indices {
            let window = input.window(step)
            try scratch.meter.add(window.count)
            guard !window.isEmpty else {
                row[step] = .absent
                continue
            }
            scratch.sorted.removeAll(keepingCapacity: true)
            var hasNaN = false
            for index in window {
                scratch.sorted.append(input.values[index])
                hasNaN = hasNaN || input.values[index].isNaN
            }
            if self == .quantile {
                row[step] = point(PromQL.quantile(parameters[0][step], sorting: &scratch.sorted))
            } else if hasNaN {
                row[step] = .nan
            } else {
                let median = PromQL.quantile(0.5, sorting: &scratch.sorted)
                for index in scratch.sorted.indices { scratch.sorted[index] = abs(scratch.sorted[index] - median) }
                row[step] = point(PromQL.quantile(0.5, sorting: &scratch.sorted))
            }
        }
    }
}

/// A mean as Prometheus takes it: the compensated sum divided by the count, which is the most accurate; from where the
/// sum would become infinite on, a mean that is moved by each value.
struct RunningMean {
    private(set) var sum: Double
    private(set) var rest = 0.0
    private(set) var count = 1.0
    /// Set once `sum` holds the mean itself.
    private(set) var isIncremental = false

    init(_ first: Double) { sum = first }

    init(sum: Double, rest: Double, count: Double, isIncremental: Bool) {
        self.sum = sum
        self.rest = rest
        self.count = count
        self.isIncremental = isIncremental
    }

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        if !isIncremental {
            var newSum = sum, newRest = rest
            compensatedAdd(value, to: &newSum, &newRest)
            if !newSum.isInfinite {
                (sum, rest) = (newSum, newRest)
                return
            }
            becomeIncremental(count - 1)
        }
        let share = (count - 1) / count
        sum *= share
        rest *= share
        compensatedAdd(value / count, to: &sum, &rest)
    }

    private mutating func becomeIncremental(_ count: Double) {
        isIncremental = true
        sum /= count
        rest /= count
    }

    /// Takes in the values of `other`, which came after those that are here.
    mutating func join(_ other: RunningMean) {
        var other = other
        let total = count + other.count
        if !isIncremental, !other.isIncremental {
            var newSum = sum, newRest = rest
            compensatedAdd(other.sum, to: &newSum, &newRest)
            if !newSum.isInfinite {
                self = RunningMean(sum: newSum, rest: newRest + other.rest, count: total, isIncremental: false)
                return
            }
        }
        if !isIncremental { becomeIncremental(count) }
        if !other.isIncremental { other.becomeIncremental(other.count) }
        sum *= count / total
        rest *= count / total
        let share = other.count / total
        compensatedAdd(other.sum * share, to: &sum, &rest)
        rest += other.rest * share
        count = total
    }

    var value: Double { isIncremental ? sum + rest : sum / count + rest / count }
}

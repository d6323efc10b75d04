internal import CLibrary
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

    /// `min_over_time`, `max_over_time`. NaN only if all are; of equal extremes the first, so 0 and -0 are
    /// distinguished.
    ///
    /// A queue of candidates: each is better than all after it, so that the first of those still in the window is the
    /// answer and each sample enters and leaves once.
    func applyExtreme(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) {
        let values = input.values
        let wantsSmaller = self == .minimum
        scratch.integers.removeAll()
        scratch.integers.append(repeating: 0, count: values.count)
        var queue = scratch.integers.mutableSpan
        var head = 0, end = 0, entered = 0
        for step in row.indices {
            let window = input.window(step)
            if entered < window.lowerBound { entered = window.lowerBound }
            while entered < window.upperBound {
                let value = values[entered]
                if !value.isNaN {
                    while end > head {
                        let back = values[Int(queue[end - 1])]
                        guard wantsSmaller ? value < back : value > back else { break }
                        end -= 1
                    }
                    queue[end] = Int32(entered)
                    end += 1
                }
                entered += 1
            }
            while head < end, Int(queue[head]) < window.lowerBound { head += 1 }
            if window.isEmpty {
                row[step] = .absent
            } else if head < end {
                row[step] = values[Int(queue[head])]
            } else {
                row[step] = point(values[window.upperBound - 1])
            }
        }
    }

    /// `ts_of_min_over_time`, `ts_of_max_over_time`: of several equal extremes the last.
    func applyTimeOfExtreme(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        try input.forEachWindow(&scratch, into: &row) { input, _, window, _ in
            var best = window.lowerBound
            for index in window {
                let value = input.values[index], extreme = input.values[best]
                if (self == .timeOfMinimum ? value <= extreme : value >= extreme) || extreme.isNaN { best = index }
            }
            return Double(input.times[best]) / 1000
        }
    }

    /// `quantile_over_time`, `mad_over_time`.
    func applyQuantile(
        _ input: borrowing WindowInput, _ parameters: [ScalarRow], _ scratch: inout WindowScratch,
        into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        try input.forEachWindow(&scratch, into: &row) { input, step, window, scratch in
            scratch.sorted.removeAll(keepingCapacity: true)
            var hasNaN = false
            for index in window {
                scratch.sorted.append(input.values[index])
                hasNaN = hasNaN || input.values[index].isNaN
            }
            if self == .quantile {
                return point(PromQL.quantile(parameters[0][step], sorting: &scratch.sorted))
            }
            if hasNaN { return .nan }
            let median = PromQL.quantile(0.5, sorting: &scratch.sorted)
            for index in scratch.sorted.indices { scratch.sorted[index] = abs(scratch.sorted[index] - median) }
            return point(PromQL.quantile(0.5, sorting: &scratch.sorted))
        }
    }
}

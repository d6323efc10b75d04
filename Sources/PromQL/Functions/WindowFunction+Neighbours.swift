internal import KTSDBModel

// Functions of neighbouring samples: `irate` and `idelta` of the last two, `resets` and `changes` of all pairs in the
// window.

extension WindowFunction {
    /// `irate`, `idelta`: the difference of the last two samples, per second for `irate`.
    func applyInstant(_ input: borrowing WindowInput, into row: inout MutableSpan<Double>) {
        for step in row.indices {
            let window = input.window(step)
            guard window.count >= 2 else {
                row[step] = .absent
                continue
            }
            let last = window.upperBound - 1
            let value = input.values[last], previous = input.values[last - 1]
            // A counter that fell was reset: what it shows now is what it went up by.
            let difference = self == .irate && value < previous ? value : value - previous
            let seconds = Double(input.times[last] - input.times[last - 1]) / 1000
            row[step] = point(self == .irate ? difference / seconds : difference)
        }
    }

    /// Whether a value counts for `resets`, or else for `changes`, after the one before it.
    @inline(__always)
    func counts(_ value: Double, after previous: Double) -> Bool {
        self == .resets ? value < previous : value != previous && !(value.isNaN && previous.isNaN)
    }

    /// `resets`, `changes`: how many samples of the window fell, or differ from, the one before them in the window.
    ///
    /// A running count over the whole series: the difference of two counts is exact.
    func applyCounting(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) {
        scratch.integers.removeAll()
        var running: Int32 = 0
        let values = input.values
        for index in values.indices {
            if index > 0 {
                if counts(values[index], after: values[index - 1]) { running += 1 }
            }
            scratch.integers.append(running)
        }
        for step in row.indices {
            let window = input.window(step)
            row[step] =
                window.isEmpty
                ? .absent
                : Double(scratch.integers[window.upperBound - 1] - scratch.integers[window.lowerBound])
        }
    }
}

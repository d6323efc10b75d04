internal import KTSDBModel

/// `rate`, `increase` and `delta`: how much a value went up over a window.
///
/// The samples cover less than the window, so what lies between the first and the last is extrapolated to the window's
/// ends, but only
///
/// - if the end is nearer than 1.1 average distances between samples: then the series surely goes on to it; otherwise
///   the series begins or ends within the window, and half an average distance is a fair guess of where;
/// - for a counter at most to the point where it would have been zero, since a counter is never negative.
///
/// The second rule is applied to what the first one gives, as in Prometheus 3.14: the zero point counts if it is nearer than
/// the guess of half a distance. Prometheus 2.42 went the other way round, so that a counter which begins within the window
/// reached back to its zero point, up to 1.1 distances away: there `rate` and `increase` give more for such windows.
///
/// A counter that falls was reset to zero in between: what it had reached before is added. The additions are made in the
/// window's order, so that sums are rounded as in Prometheus; only *where* the falls are is found once per series.
struct ExtrapolatedRate {
    var isCounter: Bool
    var perSecond: Bool

    func apply(
        _ input: borrowing WindowInput, _ scratch: inout WindowScratch, into row: inout MutableSpan<Double>
    ) throws(QueryError) {
        scratch.integers.removeAll()
        if isCounter { Self.findFalls(input.values, into: &scratch.integers) }
        let offset = scratch.extrapolations.prepare(input, perSecond: perSecond)
        let rows = scratch.extrapolations.rows
        let table = rows.span.extracting(offset..<(offset + row.count))
        if isCounter {
            try fill(&row, input, table, falls: scratch.integers, &scratch.meter)
        } else {
            Self.fill(&row, input, table)
        }
    }

    /// For a gauge, which may go down.
    private static func fill(
        _ row: inout MutableSpan<Double>, _ input: borrowing WindowInput, _ table: Span<Extrapolation>
    ) {
        let values = input.values
        for step in row.indices {
            let factor = table[step].factor
            guard !factor.isAbsent else {
                row[step] = .absent
                continue
            }
            row[step] = point(
                (values[Int(input.upper[step]) - 1] - values[Int(input.lower[step])]) * factor)
        }
    }

    private func fill(
        _ row: inout MutableSpan<Double>, _ input: borrowing WindowInput, _ table: Span<Extrapolation>,
        falls: borrowing Column<Int32>, _ meter: inout WorkMeter
    ) throws(QueryError) {
        let falls = falls.span
        let values = input.values
        let seconds = goSeconds(input.windows.width)
        var firstFall = 0
        for step in row.indices {
            let extrapolation = table[step]
            guard !extrapolation.factor.isAbsent else {
                row[step] = .absent
                continue
            }
            let first = Int(input.lower[step])
            let last = Int(input.upper[step]) - 1
            let firstValue = values[first]
            var result = values[last] - firstValue
            if firstFall < falls.count {
                // Falls at or before the first sample of this window are so for all later windows.
                while firstFall < falls.count, Int(falls[firstFall]) <= first { firstFall += 1 }
                var fall = firstFall
                while fall < falls.count, Int(falls[fall]) <= last {
                    result += values[Int(falls[fall]) - 1]
                    fall += 1
                }
                try meter.add(fall - firstFall)
            }
            let factor =
                result > 0 && firstValue >= 0
                ? extrapolation.factor(result, from: firstValue, seconds: perSecond ? seconds : nil)
                : extrapolation.factor
            row[step] = point(result * factor)
        }
    }

    /// The indices of samples that are below the one before them.
    private static func findFalls(_ values: Span<Double>, into falls: inout Column<Int32>) {
        var index = 1
        while index + 4 <= values.count {
            // Four comparisons at once: nearly always none of them is true.
            if any(values.lanes(index) .< values.lanes(index - 1)) {
                for place in index..<(index + 4) where values[place] < values[place - 1] {
                    falls.append(Int32(place))
                }
            }
            index += 4
        }
        while index < values.count {
            if values[index] < values[index - 1] { falls.append(Int32(index)) }
            index += 1
        }
    }
}

/// What there is to know of one window's extrapolation without the values: the same for all series that were scraped
/// together.
struct Extrapolation: BitwiseCopyable {
    /// From what the samples cover to what is reached beyond them, per second if that is wanted; absent where there are fewer
    /// than two samples.
    var factor = Double.absent
    /// In seconds: what the samples cover, and how far beyond them is reached at both ends.
    var covered = 0.0
    var toStart = 0.0
    var toEnd = 0.0

    init() {}

    /// The window that ends at `end` milliseconds; all times in milliseconds.
    init(first: Int64, last: Int64, count: Int, start: Int64, end: Int64, perSecond seconds: Double?) {
        covered = Double(last - first) / 1000
        let distance = covered / Double(count - 1)
        let threshold = distance * 1.1
        toStart = Double(first - start) / 1000
        if toStart >= threshold { toStart = distance / 2 }
        toEnd = Double(end - last) / 1000
        if toEnd >= threshold { toEnd = distance / 2 }
        factor = factor(toStart: toStart, seconds)
    }

    private func factor(toStart: Double, _ seconds: Double?) -> Double {
        let factor = covered == 0 ? 1 : (covered + toStart + toEnd) / covered
        return if let seconds { factor / seconds } else { factor }
    }

    /// The factor for a counter that went up by `result`, which is above zero, from `firstValue`, which is not below: it was
    /// never negative.
    @inline(__always)
    func factor(_ result: Double, from firstValue: Double, seconds: Double?) -> Double {
        // Is `covered * (firstValue / result)` below `toStart`? Nearly always it is far above, which needs no division. The
        // margin is far larger than what rounding makes of the products, and both are far from where numbers lose digits.
        let reached = result * toStart
        if reached > 1e-280, covered * firstValue > reached * 1.000001 { return factor }
        let toZero = covered * (firstValue / result)
        return toZero < toStart ? factor(toStart: toZero, seconds) : factor
    }
}

/// The extrapolations of the windows of the last few time columns, one for each step.
struct ExtrapolationTable: ~Copyable {
    private(set) var rows: [Extrapolation] = []
    /// For each row the version of the bounds that it is for.
    private var versions: [UInt64] = []

    /// Rows kept at most: 1 MB.
    private static let bytes = 1 << 20

    /// Finds or computes the row for the windows of `input`.
    /// - Returns: where in ``rows`` it begins.
    mutating func prepare(_ input: borrowing WindowInput, perSecond: Bool) -> Int {
        let steps = input.lower.count
        let capacity = max(1, Self.bytes / (MemoryLayout<Extrapolation>.stride * max(1, steps)))
        let number = input.bounds.number % capacity
        let offset = number * steps
        if number < versions.count, versions[number] == input.bounds.version, input.bounds.version != 0 {
            return offset
        }
        while versions.count <= number {
            versions.append(0)
            rows.append(contentsOf: repeatElement(Extrapolation(), count: steps))
        }
        versions[number] = input.bounds.version
        let seconds = perSecond ? goSeconds(input.windows.width) : nil
        for step in 0..<steps {
            let window = input.window(step)
            let end = input.windows.end(step)
            rows[offset + step] =
                window.count < 2
                ? Extrapolation()
                : Extrapolation(
                    first: input.times[window.lowerBound], last: input.times[window.upperBound - 1],
                    count: window.count,
                    start: end - input.windows.width, end: end, perSecond: seconds)
        }
        return offset
    }
}

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
                let value = values[index], previous = values[index - 1]
                let counts =
                    self == .resets
                    ? value < previous : value != previous && !(value.isNaN && previous.isNaN)
                if counts { running += 1 }
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

internal import KTSDBModel

/// The extrapolation of one window, as far as it does not depend on values: the same for all series that were scraped
/// together.
struct Extrapolation: BitwiseCopyable {
    /// From what the samples cover to what is reached beyond them, per second if that is wanted; absent where there are
    /// fewer than two samples.
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

    /// The factor for a counter that went up by `rise`, which is above zero, from `firstValue`, which is not below: it
    /// was never negative.
    func factor(_ rise: Double, from firstValue: Double, seconds: Double?) -> Double {
        let toZero = covered * (firstValue / rise)
        return toZero < toStart ? factor(toStart: toZero, seconds) : factor
    }
}

/// The extrapolations of four neighbouring windows.
struct ExtrapolationLanes: BitwiseCopyable {
    /// As in ``Extrapolation``; absent also after the last window.
    private(set) var factor = StepLanes(repeating: .absent)
    private var covered = StepLanes.zero
    private var toStart = StepLanes.zero
    private var toEnd = StepLanes.zero
    /// The first and the last sample of each window. Both never go back from one window to the next; of a window
    /// without samples they are some sample.
    private(set) var first = SIMD4<Int32>.zero
    private(set) var last = SIMD4<Int32>.zero

    subscript(lane: Int) -> Extrapolation {
        get {
            var extrapolation = Extrapolation()
            extrapolation.factor = factor[lane]
            extrapolation.covered = covered[lane]
            extrapolation.toStart = toStart[lane]
            extrapolation.toEnd = toEnd[lane]
            return extrapolation
        }
        set {
            factor[lane] = newValue.factor
            covered[lane] = newValue.covered
            toStart[lane] = newValue.toStart
            toEnd[lane] = newValue.toEnd
        }
    }

    /// Says which samples are in the window of a lane.
    mutating func setSamples(_ samples: Range<Int>, of count: Int, lane: Int) {
        first[lane] = Int32(max(0, min(samples.lowerBound, count - 1)))
        last[lane] = Int32(max(0, min(samples.upperBound, count) - 1))
    }

}

/// What holds for all windows of a row.
struct ExtrapolationLimits: BitwiseCopyable {
    /// Of windows with at least two samples, in seconds: the longest reach before the first sample, and the shortest
    /// cover.
    private var toStart = 0.0
    private var covered = Double.infinity
    /// How many samples the windows are over.
    let sampleCount: Int

    init(sampleCount: Int) { self.sampleCount = sampleCount }

    mutating func add(_ extrapolation: Extrapolation) {
        toStart = max(toStart, extrapolation.toStart)
        covered = min(covered, extrapolation.covered)
    }

    /// Whether the zero point of a counter that only goes up, from `first` to `last`, is beyond what any window within
    /// reaches before its first sample; false if that takes a closer look.
    ///
    /// No window rises by more than all, and none begins below `first`: the zero point of each, `covered * (value /
    /// rise)` seconds before its first sample, is at least as far as of one that does both. The margin is far larger
    /// than what rounding makes of the products, and both are far from where numbers lose digits.
    @inline(__always)
    func staysAboveZero(_ first: Double, rising last: Double) -> Bool {
        guard first >= 0 else { return false }
        let reached = (last - first) * toStart
        return last == first || (reached > 1e-280 && covered * first > reached * 1.000001)
    }
}

/// The extrapolations of the windows of the last few time columns, four steps each.
struct ExtrapolationTable: ~Copyable {
    private(set) var rows: [ExtrapolationLanes] = []
    /// One for each row.
    private var limits: [ExtrapolationLimits] = []
    /// For each row the version of the bounds that it is for.
    private var versions: [UInt64] = []

    /// Rows kept at most: 1 MB.
    private static let bytes = 1 << 20

    /// Finds or computes the row for the windows of `input`, which has samples.
    /// - Returns: where in ``rows`` it is, and what holds for all its windows; the last lanes may be of fewer than four
    ///   steps.
    mutating func prepare(_ input: borrowing WindowInput, perSecond: Bool) -> (Range<Int>, ExtrapolationLimits) {
        let steps = input.lower.count, count = (steps + 3) / 4
        let capacity = max(1, Self.bytes / (MemoryLayout<ExtrapolationLanes>.stride * max(1, count)))
        let number = input.bounds.number % capacity
        let row = number * count..<(number + 1) * count
        if number < versions.count, versions[number] == input.bounds.version, input.bounds.version != 0,
            limits[number].sampleCount == input.times.count
        {
            return (row, limits[number])
        }
        while versions.count <= number {
            versions.append(0)
            limits.append(ExtrapolationLimits(sampleCount: 0))
            rows.append(contentsOf: repeatElement(ExtrapolationLanes(), count: count))
        }
        versions[number] = input.bounds.version
        limits[number] = ExtrapolationLimits(sampleCount: input.times.count)
        let seconds = perSecond ? goSeconds(input.windows.width) : nil
        for step in 0..<4 * count {
            // Behind the last step there is nothing, but samples to be looked at.
            let window = input.window(min(step, steps - 1)), block = row.lowerBound + step / 4
            if step % 4 == 0 { rows[block] = ExtrapolationLanes() }
            rows[block].setSamples(window, of: input.times.count, lane: step % 4)
            guard window.count >= 2, step < steps else { continue }
            let end = input.windows.end(step)
            let extrapolation = Extrapolation(
                first: input.times[window.lowerBound], last: input.times[window.upperBound - 1], count: window.count,
                start: end - input.windows.width, end: end, perSecond: seconds)
            rows[block][step % 4] = extrapolation
            limits[number].add(extrapolation)
        }
        return (row, limits[number])
    }
}

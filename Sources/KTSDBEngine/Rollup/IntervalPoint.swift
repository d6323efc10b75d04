internal import KTSDBModel

/// What is kept of the samples of one series in one interval. Samples are added in the order of time; staleness markers
/// are not samples.
struct IntervalPoint {
    /// Sums of whole numbers below this bound are exact in any order.
    static let wholeLimit = 9_007_199_254_740_992.0
    /// If values of both signs are added, the sum of their magnitudes is below this one, so that the bound of a point
    /// is known without being stored.
    static let mixedLimit = 68_719_476_736.0

    /// The end of the interval, in milliseconds.
    let end: Int64
    private(set) var count = 0
    private(set) var floatCount = 0
    private(set) var firstTime: Int64 = 0, lastTime: Int64 = 0
    /// The first and the last sample, as floats; 0 for histograms.
    private(set) var first = 0.0, last = 0.0
    private(set) var firstHistogram: Histogram?, lastHistogram: Histogram?
    /// As PromQL takes them: the first of equal values, and of values that are all NaN the last.
    private(set) var minimum = Double.nan, maximum = Double.nan
    /// The sum of the values before each reset.
    private(set) var resets = 0.0
    private var sum = 0.0, compensation = 0.0, magnitude = 0.0
    private var isWhole = true, hasPositive = false, hasNegative = false
    private var histogramSum: HistogramSum?
    private var mergesHistograms = true, hasHistogramReset = false

    init(end: Int64) { self.end = end }

    /// Adds a float.
    mutating func add(_ value: Double, at time: Int64) {
        if count == 0 {
            (firstTime, first) = (time, value)
        } else if floatCount == count, value < last {
            resets += last
        }
        if minimum.isNaN || value < minimum { minimum = value }
        if maximum.isNaN || value > maximum { maximum = value }
        add(toSum: value)
        count += 1
        floatCount += 1
        (lastTime, last, lastHistogram) = (time, value, nil)
    }

    /// Adds a histogram.
    mutating func add(_ histogram: Histogram, at time: Int64) {
        if count == 0 {
            (firstTime, firstHistogram) = (time, histogram)
        } else if let lastHistogram, histogram.isReset(from: lastHistogram) {
            hasHistogramReset = true
        }
        merge(histogram)
        count += 1
        (lastTime, last, lastHistogram) = (time, 0, histogram)
    }

    private mutating func add(toSum value: Double) {
        isWhole = isWhole && value.rounded(.towardZero) == value
        magnitude += abs(value)
        hasPositive = hasPositive || value > 0
        hasNegative = hasNegative || value < 0
        compensatedAdd(value, to: &sum, &compensation)
    }

    private mutating func merge(_ histogram: Histogram) {
        guard mergesHistograms else { return }
        guard histogramSum != nil else {
            histogramSum = HistogramSum(histogram)
            return
        }
        do throws(IncompatibleHistograms) { _ = try histogramSum!.add(histogram) } catch {
            (mergesHistograms, histogramSum) = (false, nil)
        }
    }

    // MARK: The columns

    /// What a column has at the end of the interval.
    enum Value {
        case float(Double)
        case histogram(Histogram)
    }

    /// Returns what a column has; nil if it has nothing in this interval.
    func value(of column: RollupColumn) -> Value? {
        guard count > 0 else { return nil }
        let isFloats = floatCount == count
        switch column {
        case .count: return .float(Double(count))
        case .last: return sample(last, lastHistogram)
        case .min: return isFloats ? .float(minimum) : nil
        case .max: return isFloats ? .float(maximum) : nil
        case .whole: return isFloats && isSumWhole ? .float(sum) : nil
        case .sum:
            if isFloats { return isSumWhole ? nil : .float(sum.isInfinite ? sum : sum + compensation) }
            return floatCount == 0 ? histogramSum.map { .histogram($0.result) } : nil
        case .first: return isCounter ? sample(first, firstHistogram) : nil
        case .final: return isCounter ? sample(last, lastHistogram) : nil
        case .firstTime: return isCounter ? .float(Double(firstTime)) : nil
        case .finalTime: return isCounter ? .float(Double(lastTime)) : nil
        case .resets: return isCounter ? .float(resets) : nil
        }
    }

    private func sample(_ float: Double, _ histogram: Histogram?) -> Value {
        histogram.map(Value.histogram) ?? .float(float)
    }

    /// Whether the samples are those of one counter: what a histogram lost in a reset is not kept.
    private var isCounter: Bool { floatCount == count || floatCount == 0 && !hasHistogramReset }

    private var isSumWhole: Bool {
        isWhole && magnitude < (hasPositive && hasNegative ? Self.mixedLimit : Self.wholeLimit)
    }
}

internal import KTSDBModel

/// What hints about resets came together in one sum; if they contradict each other, the sum is of doubtful worth.
struct ResetHints {
    private var hasReset = false
    private var hasNoReset = false

    /// Whether one histogram says that the counter was reset and another that it was not.
    var collide: Bool { hasReset && hasNoReset }

    mutating func add(_ histogram: Histogram) {
        switch histogram.counterResetHint {
        case .reset: hasReset = true
        case .notReset: hasNoReset = true
        case .unknown, .gauge: break
        }
    }

    mutating func add(_ other: ResetHints) {
        hasReset = hasReset || other.hasReset
        hasNoReset = hasNoReset || other.hasNoReset
    }
}

extension WindowFunction {
    /// `sum_over_time`, `avg_over_time` of at least one histogram.
    ///
    /// - Returns: nil if they do not go together.
    func total(_ histograms: ArraySlice<Histogram>, _ annotations: SeriesAnnotations) -> Histogram? {
        var hints = ResetHints(), isReconciled = false
        for histogram in histograms { hints.add(histogram) }
        let result: Histogram
        do throws(IncompatibleHistograms) {
            if self == .sum {
                var sum = HistogramSum(histograms[histograms.startIndex])
                for histogram in histograms.dropFirst() {
                    if try sum.add(histogram).contains(.boundsReconciled) { isReconciled = true }
                }
                result = sum.result
            } else {
                var mean = HistogramMean(histograms[histograms.startIndex])
                for histogram in histograms.dropFirst() {
                    if try mean.add(histogram).contains(.boundsReconciled) { isReconciled = true }
                }
                result = mean.result
            }
        } catch {
            annotations.add(.mixedExponentialAndCustom(metric: annotations.metricName))
            return nil
        }
        if hints.collide { annotations.add(.resetCollision(.aggregation)) }
        if isReconciled { annotations.add(.boundsReconciled(.aggregation)) }
        return result
    }
}

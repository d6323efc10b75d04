internal import KTSDBModel

/// The histograms of a row.
struct HistogramPoints: Sendable {
    /// Ascending.
    private(set) var steps: [Int] = []
    /// One for each step.
    private(set) var values: [Histogram] = []

    var isEmpty: Bool { steps.isEmpty }

    /// Appends the histogram of a step after all others.
    mutating func append(_ histogram: Histogram, at step: Int) {
        steps.append(step)
        values.append(histogram)
    }

    /// The histogram at `step`, found by binary search.
    func histogram(at step: Int) -> Histogram? {
        let place = steps.indices.partitionPoint { steps[$0] < step }
        return place < steps.count && steps[place] == step ? values[place] : nil
    }

    /// Each histogram changed.
    func map(_ transform: (Histogram) -> Histogram) -> HistogramPoints {
        var result = self
        for place in values.indices { result.values[place] = transform(values[place]) }
        return result
    }

    /// Both, if no step is in both.
    func merged(with other: HistogramPoints) -> HistogramPoints {
        if isEmpty { return other }
        if other.isEmpty { return self }
        var result = HistogramPoints(), i = 0, j = 0
        while i < steps.count || j < other.steps.count {
            if j == other.steps.count || i < steps.count && steps[i] <= other.steps[j] {
                result.append(values[i], at: steps[i])
                i += 1
            } else {
                result.append(other.values[j], at: other.steps[j])
                j += 1
            }
        }
        return result
    }

    /// How many samples the histograms count as: 16 bytes each, as in Prometheus.
    var sampleCount: Int { values.reduce(0) { $0 + $1.byteCount / 16 } }
}

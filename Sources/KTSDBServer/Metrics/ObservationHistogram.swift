internal import PrometheusWire

/// Counts observations in buckets with fixed bounds.
struct ObservationHistogram {
    let bounds: [Double]
    /// How many observations are at or below each bound and above the one before; the last entry counts those above
    /// all.
    private(set) var counts: [UInt64]
    private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}

extension ExpositionWriter {
    /// Writes the samples of a histogram.
    mutating func histogram(_ name: String, _ labels: KeyValuePairs<String, String>, _ histogram: ObservationHistogram)
    {
        self.histogram(name, labels, bounds: histogram.bounds, counts: histogram.counts, sum: histogram.sum)
    }

    /// Writes a metric that consists of one sample without labels.
    mutating func single(_ name: String, _ type: MetricType, _ help: String, _ value: Double) {
        family(name, type, help: help)
        sample(name, value: value)
    }

    /// Writes a metric that consists of one sample without labels.
    mutating func single(_ name: String, _ type: MetricType, _ help: String, _ value: some BinaryInteger) {
        single(name, type, help, Double(value))
    }
}

import KTSDBModel

/// Converts series of classic histograms into native ones with custom buckets, as `load_with_nhcb` does.
struct ClassicConversion {
    /// The parts of one histogram at one time.
    private struct Parts {
        var buckets: [(bound: Double, count: Double)] = []
        var count: Double?
        var sum = 0.0
    }
    private var parts: [Labels: [Int64: Parts]] = [:]

    /// Adds a series, if it is a part of a classic histogram.
    mutating func add(_ series: PromQLTestSeries, step: Int64) {
        guard let name = series.labels.metricName else { return }
        for suffix in ["_bucket", "_count", "_sum"] where name.hasSuffix(suffix) {
            var bound = 0.0
            if suffix == "_bucket" {
                guard let found = series.labels["le"].flatMap(Double.init), !found.isNaN else { return }
                bound = found
            }
            let labels = series.labels.removing(["le"])
                .setting("__name__", to: String(name.dropLast(suffix.count)))
            for (index, point) in series.points.enumerated() {
                guard case .float(let value) = point else { continue }
                let time = Int64(index) * step
                var part = parts[labels]?[time] ?? Parts()
                switch suffix {
                case "_bucket":
                    if !part.buckets.contains(where: { $0.bound == bound }) { part.buckets.append((bound, value)) }
                case "_count": part.count = value
                default: part.sum = value
                }
                parts[labels, default: [:]][time] = part
            }
            return
        }
    }

    /// Returns the native histograms.
    /// - Throws: An error if the buckets of a histogram are not cumulative, or do not add up to its count.
    func histograms() throws -> [(labels: Labels, histograms: [TimedHistogram])] {
        try parts.map { labels, parts in
            let histograms = try parts.sorted { $0.key < $1.key }.map { time, part in
                TimedHistogram(
                    timestamp: Timestamp(milliseconds: time), histogram: try Self.histogram(part, of: labels))
            }
            return (labels, histograms)
        }
    }

    private static func histogram(_ parts: Parts, of labels: Labels) throws -> Histogram {
        var buckets = parts.buckets.sorted { $0.bound < $1.bound }
        let count = parts.count ?? buckets.last?.count ?? 0
        if buckets.last?.bound != .infinity { buckets.append((.infinity, count)) }
        var counts: [Double] = [], reached = 0.0
        for bucket in buckets {
            guard bucket.count >= reached else {
                throw PromQLTestSyntaxError("the buckets of \(labels) are not cumulative")
            }
            counts.append(bucket.count - reached)
            reached = bucket.count
        }
        guard reached == count else {
            throw PromQLTestSyntaxError("the buckets of \(labels) do not add up to its count")
        }
        var histogram = Histogram(
            schema: Histogram.customSchema, count: count, sum: parts.sum,
            positive: HistogramBuckets(offset: 0, counts: counts), customBounds: buckets.dropLast().map(\.bound))
        // Prometheus keeps gaps of up to two empty buckets in histograms of whole numbers.
        let areWhole = ([count] + counts).allSatisfy { $0.rounded() == $0 }
        histogram.compact(gap: areWhole ? 2 : 0)
        return histogram
    }
}

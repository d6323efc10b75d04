internal import KTSDBModel
internal import PrometheusWire

extension MetricTable {
    /// Calls `body` with each sample that a scrape sees, the series of a metric one after the other, always in the same
    /// order.
    func forEachSample(
        of metric: KerpMetric, _ body: (_ name: String, _ labels: [(name: String, value: String)], Double) -> Void
    ) {
        let definition = metric.definition
        for entry in entries[metric.rawValue] {
            guard definition.type == .histogram else {
                body(definition.name, entry.labels, entry.value)
                continue
            }
            var total: UInt64 = 0
            for (index, count) in entry.counts.enumerated() {
                total += count
                let bound = index < definition.buckets.count ? definition.buckets[index] : .infinity
                body(definition.name + "_bucket", entry.labels + [("le", Self.text(bound))], Double(total))
            }
            body(definition.name + "_sum", entry.labels, entry.value)
            body(definition.name + "_count", entry.labels, Double(total))
        }
    }

    /// A bound as Go's client writes it: `0.005`, `1`, `1e+06`, `+Inf`.
    private static func text(_ bound: Double) -> String {
        var writer = ByteWriter(capacity: 16)
        writer.append(bound, style: .general)
        return writer.text
    }
}

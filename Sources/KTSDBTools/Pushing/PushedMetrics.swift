internal import KTSDBModel
internal import PrometheusWire

/// Metrics in Prometheus' text format as a message of remote write.
struct PushedMetrics {
    /// What comes before the name of a label that a metric has, but that the sender sets.
    private static let exported = "exported_"

    private let families: [CheckedFamily]
    private let labels: [(name: String, value: String)]
    private let now: Timestamp

    /// Reads metrics. `labels` are added to each; samples without a time are of `now`.
    init(_ text: [UInt8], labels: [(name: String, value: String)], now: Timestamp) throws(MetricTextError) {
        families = try MetricTextParser.families(in: text).values.sorted {
            $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        self.labels = labels
        self.now = now
    }

    /// The message, compressed with Snappy.
    var message: [UInt8] {
        var encoder = WriteRequestEncoder()
        for family in families {
            encoder.append(MetricMetadata(type: family.metadataType, help: family.help ?? ""), of: family.name)
        }
        for series in families.flatMap(series) {
            let time = series.member.time.flatMap { $0 == 0 ? nil : $0 } ?? now.milliseconds
            encoder.append(
                labels: series.labels, [Sample(timestamp: Timestamp(milliseconds: time), value: series.value)])
        }
        var compressed = ByteWriter()
        Snappy.encode(encoder.message.span, into: &compressed)
        return compressed.bytes
    }

    private struct Series {
        var labels: [(String, String)]
        var value: Double
        var member: CheckedFamily.Member
    }

    private func series(_ family: CheckedFamily) -> [Series] {
        family.members.flatMap { member in
            parts(family, member).map { part in
                Series(
                    labels: labels(of: member, family.name + part.suffix, part.extra), value: part.value, member: member
                )
            }
        }
    }

    /// A series of a metric: what its name has besides the metric's, and the label of a bucket or quantile.
    private struct Part {
        var suffix = ""
        var extra: (name: String, value: String)?
        var value: Double
    }

    private func parts(_ family: CheckedFamily, _ member: CheckedFamily.Member) -> [Part] {
        let totals = [Part(suffix: "_sum", value: member.sum), Part(suffix: "_count", value: member.count)]
        switch family.kind {
        case .summary:
            return member.parts.map { Part(extra: ("quantile", GoNumber.shortest($0.bound)), value: $0.value) } + totals
        case .histogram, .gaugeHistogram:
            var buckets = member.parts.map {
                Part(suffix: "_bucket", extra: ("le", GoNumber.shortest($0.bound)), value: $0.value)
            }
            if !member.parts.contains(where: { $0.bound == .infinity }) {
                buckets.append(Part(suffix: "_bucket", extra: ("le", "+Inf"), value: member.count))
            }
            return buckets + totals
        default: return [Part(value: member.value)]
        }
    }

    /// All labels of a series, by name.
    private func labels(
        of member: CheckedFamily.Member, _ name: String, _ extra: (name: String, value: String)?
    ) -> [(String, String)] {
        var all = Dictionary(labels.map { ($0.name, $0.value) }) { $1 }
        all["__name__"] = name
        for label in member.labels { all[label.name == "job" ? Self.exported + "job" : label.name] = label.value }
        if let extra { all[extra.name] = extra.value }
        return all.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }
}

extension CheckedFamily {
    /// The type as metadata of remote write has it.
    fileprivate var metadataType: String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .summary: "summary"
        case .histogram: "histogram"
        case .gaugeHistogram: "gaugehistogram"
        case .untyped, nil: "unknown"
        }
    }
}

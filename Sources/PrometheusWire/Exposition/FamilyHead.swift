internal import KTSDBModel

/// What a message `MetricFamily` says apart from its metrics.
struct FamilyHead {
    var name = 0..<0, help = 0..<0, unit = 0..<0
    var type: UInt64 = 0
    var hasMetrics = false

    /// Where the first metric begins.
    var firstMetric = 0

    /// Reads the fields of the message in `range`; nil if they are malformed. With `isWhole`, these are all fields;
    /// otherwise, those up to the first metric.
    ///
    /// Only the unit may come after a metric, as all writers have it: metrics are read without a look ahead.
    init?(_ range: Range<Int>, in page: Span<UInt8>, isWhole: Bool) {
        typealias Field = MetricField.Family
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let start = fields.position, tag = fields.tag(in: page)
            switch tag {
            case Field.metric:
                if !hasMetrics { firstMetric = start }
                hasMetrics = true
                if !isWhole { return }
                _ = fields.field(in: page)
            case Field.unit: unit = fields.field(in: page)
            case Field.name where !hasMetrics: name = fields.field(in: page)
            case Field.help where !hasMetrics: help = fields.field(in: page)
            case Field.type where !hasMetrics: type = fields.varint(in: page)
            default: if tag >> 3 <= 5 { fields.fail() } else { fields.skip(tag, in: page) }
            }
        }
        if fields.failed { return nil }
    }
}

/// The parts of a message `Metric`.
struct MetricParts {
    /// The fields with labels, which come one after the other.
    var labels: Range<Int>
    /// The value's message; empty if it is missing, which counts as zero.
    var value: Range<Int>
    /// In milliseconds; 0 if it is missing.
    var timestamp: Int64 = 0

    /// Reads the fields of the message in `range`, of a family of this kind; nil if they are malformed, or the labels
    /// are not together, as all writers have them.
    init?(_ range: Range<Int>, _ kind: FamilyKind, in page: Span<UInt8>) {
        typealias Field = MetricField.Metric
        let valueField = kind.valueField
        labels = range.lowerBound..<range.lowerBound
        value = range.upperBound..<range.upperBound
        var fields = ProtobufCursor(range)
        while fields.hasMore {
            let start = fields.position, tag = fields.tag(in: page)
            switch tag {
            case Field.label:
                _ = fields.field(in: page)
                if labels.isEmpty { labels = start..<start }
                guard labels.upperBound == start else { return nil }
                labels = labels.lowerBound..<fields.position
            case valueField: value = fields.field(in: page)
            case Field.timestamp: timestamp = Int64(bitPattern: fields.varint(in: page))
            default: fields.skip(tag, in: page)
            }
        }
        if fields.failed { return nil }
    }
}

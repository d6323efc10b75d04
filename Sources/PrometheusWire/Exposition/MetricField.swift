internal import KTSDBModel

/// Field numbers with their wire types, of the messages in `io.prometheus.client`.
enum MetricField {
    enum Family {
        static let name: UInt64 = 1 << 3 | 2, help: UInt64 = 2 << 3 | 2, type: UInt64 = 3 << 3
        static let metric: UInt64 = 4 << 3 | 2, unit: UInt64 = 5 << 3 | 2
    }
    enum Metric {
        static let label: UInt64 = 1 << 3 | 2, gauge: UInt64 = 2 << 3 | 2, counter: UInt64 = 3 << 3 | 2
        static let summary: UInt64 = 4 << 3 | 2, untyped: UInt64 = 5 << 3 | 2, timestamp: UInt64 = 6 << 3
        static let histogram: UInt64 = 7 << 3 | 2
    }
    enum Label { static let name: UInt64 = 1 << 3 | 2, value: UInt64 = 2 << 3 | 2 }
    /// Of gauges, counters and untyped metrics.
    enum Scalar { static let value: UInt64 = 1 << 3 | 1, exemplar: UInt64 = 2 << 3 | 2, start: UInt64 = 3 << 3 | 2 }
    enum Summary {
        static let count: UInt64 = 1 << 3, sum: UInt64 = 2 << 3 | 1, quantile: UInt64 = 3 << 3 | 2
        static let start: UInt64 = 4 << 3 | 2
    }
    enum Quantile { static let quantile: UInt64 = 1 << 3 | 1, value: UInt64 = 2 << 3 | 1 }
    enum Bucket {
        static let count: UInt64 = 1 << 3, bound: UInt64 = 2 << 3 | 1, exemplar: UInt64 = 3 << 3 | 2
        static let floatCount: UInt64 = 4 << 3 | 1
    }
    enum Exemplar {
        static let label: UInt64 = 1 << 3 | 2, value: UInt64 = 2 << 3 | 1, timestamp: UInt64 = 3 << 3 | 2
    }
    enum Time { static let seconds: UInt64 = 1 << 3, nanoseconds: UInt64 = 2 << 3 }
    enum Histogram {
        static let count: UInt64 = 1 << 3, sum: UInt64 = 2 << 3 | 1, bucket: UInt64 = 3 << 3 | 2
        static let floatCount: UInt64 = 4 << 3 | 1, schema: UInt64 = 5 << 3, zeroThreshold: UInt64 = 6 << 3 | 1
        static let zeroCount: UInt64 = 7 << 3, floatZeroCount: UInt64 = 8 << 3 | 1
        static let negativeSpan: UInt64 = 9 << 3 | 2, positiveSpan: UInt64 = 12 << 3 | 2
        static let start: UInt64 = 15 << 3 | 2, exemplar: UInt64 = 16 << 3 | 2
        /// Numbers of repeated fields, packed or not.
        static let negativeDeltas: UInt64 = 10, negativeCounts: UInt64 = 11
        static let positiveDeltas: UInt64 = 13, positiveCounts: UInt64 = 14
    }
}

/// The type of a family, by its number in the message.
enum FamilyKind: UInt64 {
    case counter, gauge, summary, untyped, histogram, gaugeHistogram

    var type: MetricType {
        switch self {
        case .counter: .counter
        case .gauge: .gauge
        case .summary: .summary
        case .untyped: .unknown
        case .histogram: .histogram
        case .gaugeHistogram: .gaugehistogram
        }
    }

    /// The field of a metric that has its value.
    var valueField: UInt64 {
        switch self {
        case .counter: MetricField.Metric.counter
        case .gauge: MetricField.Metric.gauge
        case .summary: MetricField.Metric.summary
        case .untyped: MetricField.Metric.untyped
        case .histogram, .gaugeHistogram: MetricField.Metric.histogram
        }
    }

    /// Whether a metric is one number.
    var isScalar: Bool { self == .counter || self == .gauge || self == .untyped }
}

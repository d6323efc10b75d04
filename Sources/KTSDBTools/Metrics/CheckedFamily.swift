/// A metric of a text as targets answer it, with what the checks look at.
struct CheckedFamily: Sendable {
    /// The types of Prometheus' text format.
    enum Kind: String, Hashable, Sendable {
        case counter, gauge, summary, untyped, histogram
        case gaugeHistogram = "gauge_histogram"
    }

    /// One set of labels; a summary or a histogram has one for all of its parts.
    struct Member: Hashable, Sendable {
        var labels: [LabelPair] = []
        /// The value of a metric that has no parts.
        var value = 0.0
        /// The time in milliseconds since 1970, if the text has one.
        var time: Int64?
        /// Of a summary or a histogram.
        var sum = 0.0, count = 0.0
        /// The quantiles of a summary, or the buckets of a histogram.
        var parts: [Part] = []
    }

    /// A quantile or a bucket's bound, and its value.
    struct Part: Hashable, Sendable {
        var bound: Double
        var value: Double
    }

    struct LabelPair: Hashable, Sendable {
        var name: String
        var value: String
    }

    var name: String
    var kind: Kind?
    var help: String?
    var members: [Member] = []

    /// How many series the metric has.
    var cardinality: Int {
        switch kind {
        // The sum and the count are series, too.
        case .summary, .histogram: members.count * (2 + (members.first?.parts.count ?? 0))
        default: members.count
        }
    }
}

internal import KTSDBModel

/// What a query may have to say about histograms, in Prometheus' words.
enum HistogramAnnotation: Hashable {
    enum Operation: String { case addition, subtraction, aggregation }

    case mixedFloatsAndHistograms(metric: String)
    case mixedFloatsAndHistogramsInAggregation
    case mixedClassicAndNative(metric: String)
    case mixedExponentialAndCustom(metric: String)
    case notCounter(metric: String)
    case notGauge(metric: String)
    case incompatibleBuckets(operation: String)
    case resetCollision(Operation)
    case incompatibleTypes(left: String, operation: String, right: String)
    case ignoredInAggregation(String)
    case ignoredInMixedRange(metric: String)
    case boundsReconciled(Operation)
    case quantileIsNaN(metric: String)
    case quantileIsSkewed(metric: String)
    case fractionLeavesOutNaN(metric: String)

    var level: Annotations.Level {
        switch self {
        case .incompatibleTypes, .ignoredInAggregation, .ignoredInMixedRange, .boundsReconciled, .quantileIsNaN,
            .quantileIsSkewed, .fractionLeavesOutNaN:
            .info
        default: .warning
        }
    }

    /// Whether two points that this is said of have no result together.
    var isFailure: Bool {
        switch self {
        case .incompatibleTypes, .incompatibleBuckets, .resetCollision: true
        default: false
        }
    }

    var text: String {
        switch self {
        case .mixedFloatsAndHistograms(let metric):
            "encountered a mix of histograms and floats for metric name \(goQuoted(metric))"
        case .mixedFloatsAndHistogramsInAggregation: "encountered a mix of histograms and floats for aggregation"
        case .mixedClassicAndNative(let metric):
            "vector contains a mix of classic and native histograms" + Self.suffix(metric)
        case .mixedExponentialAndCustom(let metric):
            "vector contains a mix of histograms with exponential and custom buckets schemas for metric name "
                + goQuoted(metric)
        case .notCounter(let metric): "this native histogram metric is not a counter: \(goQuoted(metric))"
        case .notGauge(let metric): "this native histogram metric is not a gauge: \(goQuoted(metric))"
        case .incompatibleBuckets(let operation):
            "incompatible bucket layout encountered for binary operator \(operation)"
        case .resetCollision(let operation): "conflicting counter resets during histogram \(operation.rawValue)"
        case .incompatibleTypes(let left, let operation, let right):
            "incompatible sample types encountered for binary operator \(goQuoted(operation)): \(left) \(operation) "
                + right
        case .ignoredInAggregation(let aggregation): "ignored histogram in \(aggregation) aggregation"
        case .ignoredInMixedRange(let metric):
            "ignored histograms in a range containing both floats and histograms for metric name \(goQuoted(metric))"
        case .boundsReconciled(let operation):
            "mismatched custom buckets were reconciled during \(operation.rawValue)"
        case .quantileIsNaN(let metric):
            "input to histogram_quantile has NaN observations, result is NaN" + Self.suffix(metric)
        case .quantileIsSkewed(let metric):
            "input to histogram_quantile has NaN observations, result is skewed higher" + Self.suffix(metric)
        case .fractionLeavesOutNaN(let metric):
            "input to histogram_fraction has NaN observations, which are excluded from all fractions"
                + Self.suffix(metric)
        }
    }

    private static func suffix(_ metric: String) -> String {
        metric.isEmpty ? "" : " for metric name \(goQuoted(metric))"
    }
}

extension Annotations {
    func add(_ annotation: HistogramAnnotation, at place: Int) { add(annotation.level, annotation.text, at: place) }
}

/// Adds annotations about one series.
struct SeriesAnnotations {
    let query: QueryContext
    /// Where what they are about starts in the text.
    let place: Int
    /// The name of the series' metric.
    let metricName: String

    init(_ query: QueryContext, at place: Int, metricName: String) {
        self.query = query
        self.place = place
        self.metricName = metricName
    }

    func add(_ annotation: HistogramAnnotation) { query.annotations.add(annotation, at: place) }

    /// Adds the annotations of a sum or difference, except for contradictory reset hints.
    func add(_ flags: HistogramSumNotes, of operation: HistogramAnnotation.Operation) {
        if flags.contains(.boundsReconciled) { add(.boundsReconciled(operation)) }
    }
}

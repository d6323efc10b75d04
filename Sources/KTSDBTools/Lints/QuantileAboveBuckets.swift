internal import KTSDBModel
internal import PromQL

/// `histogram_quantile` returns at most the largest finite bound of the buckets, so a threshold at it or above is never
/// passed. (Prometheus' documentation of `histogram_quantile`: "highest bucket".)
enum QuantileAboveBuckets {
    static let lint = Lint(
        "quantile-above-buckets", .rules,
        "An alert compares a quantile with a value that no quantile can pass: the largest finite bucket bound.",
        needs: "--metrics for bounds that are not the client libraries' own"
    ) { context in
        context.rules.flatMap { rule in
            rule.alert == nil ? [] : rule.expression.thresholds.compactMap { finding(rule, $0, context.bounds) }
        }
    }

    private static func finding(_ rule: LintedRule, _ threshold: Threshold, _ bounds: BucketBounds) -> LintFinding? {
        guard let histogram = threshold.expression.quantiledHistogram else { return nil }
        let (known, areKnown) = bounds.bounds(histogram)
        guard let largest = known.last else { return nil }
        switch threshold.operation {
        case .greater where threshold.value >= largest, .greaterOrEqual where threshold.value > largest,
            .equal where threshold.value > largest:
            break
        default: return nil
        }
        let bound = numberText(largest), value = numberText(threshold.value)
        let fact =
            areKnown
            ? "the largest finite bucket of \(histogram) is \(bound)"
            : "the largest finite bucket of a histogram with the usual bounds is \(bound)"
        return rule.finding(
            why: "the alert can never fire: \(fact), histogram_quantile returns at most that, and the alert wants "
                + "\(threshold.operation.rawValue) \(value)" + (areKnown ? "" : " (give --metrics to be certain)"),
            fix: "compare with less than \(bound), or give the histogram a finite bucket above \(value)")
    }
}

extension Expression {
    /// The histogram whose quantile this is, without `_bucket`; nil if it is not a quantile of one classic histogram.
    var quantiledHistogram: String? {
        guard case .call(let call) = bare, call.function.name == "histogram_quantile", let vector = call.arguments.last,
            let metric = vector.innermostSelector?.metric, metric.hasSuffix("_bucket")
        else { return nil }
        return String(metric.dropLast("_bucket".count))
    }
}

/// A number as short as it can be: `10`, `0.25`.
func numberText(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
}

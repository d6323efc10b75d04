internal import PromQL

/// Within a bucket a quantile is interpolation: a threshold that is no bound is compared with a guess.
enum ThresholdBetweenBuckets {
    static let lint = Lint(
        "threshold-between-buckets", .rules,
        "A quantile is compared with a value that is not a bucket bound: between bounds a quantile is interpolated.",
        needs: "--metrics for bounds that are not the client libraries' own"
    ) { context in
        context.rules.flatMap { rule in
            rule.expression.thresholds.compactMap { finding(rule, $0, context.bounds) }
        }
    }

    private static func finding(_ rule: LintedRule, _ threshold: Threshold, _ bounds: BucketBounds) -> LintFinding? {
        guard let histogram = threshold.expression.quantiledHistogram else { return nil }
        let (known, areKnown) = bounds.bounds(histogram), value = threshold.value
        guard let above = known.first(where: { $0 > value }), !known.contains(value) else { return nil }
        let below = known.last { $0 < value } ?? 0
        let fact = areKnown ? "\(histogram) has" : "a histogram with the usual bounds has"
        return rule.finding(
            why: "\(fact) no bucket at \(numberText(value)), so between \(numberText(below)) and \(numberText(above)) "
                + "the quantile is interpolated, however the values really are",
            fix: "add a bucket at \(numberText(value)), compare with \(numberText(above)), or use a native histogram")
    }
}

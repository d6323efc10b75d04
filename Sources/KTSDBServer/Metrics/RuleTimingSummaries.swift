internal import KTSDBAlerting
internal import KTSDBRules
internal import PrometheusWire
internal import Synchronization

/// How long evaluations of rules and groups took.
final class RuleTimingSummaries: RuleTimings {
    private struct Values {
        var rules = ObservationSummary(), groups = ObservationSummary()
        var ruleHistogram = ObservationHistogram(bounds: [0.01, 0.1, 1, 10])
        var groupHistogram = ObservationHistogram(bounds: [0.01, 0.1, 1, 10])
    }

    private let values = Mutex(Values())

    func evaluatedRule(in duration: Duration) {
        values.withLock { values in
            values.rules.observe(duration / .seconds(1), at: .now)
            values.ruleHistogram.observe(duration / .seconds(1))
        }
    }

    func evaluatedGroup(in duration: Duration) {
        values.withLock { values in
            values.groups.observe(duration / .seconds(1), at: .now)
            values.groupHistogram.observe(duration / .seconds(1))
        }
    }

    func add(to page: inout ExpositionWriter) {
        var values = values.withLock { $0 }
        page.summary(
            "prometheus_rule_evaluation_duration_seconds", "How long rules took.", [0.5, 0.9, 0.99], &values.rules)
        page.summary(
            "prometheus_rule_group_duration_seconds", "How long groups of rules took.", [0.01, 0.05, 0.5, 0.9, 0.99],
            &values.groups)
        for (name, help, histogram) in [
            ("prometheus_rule_evaluation_duration_histogram_seconds", "How long rules took.", values.ruleHistogram),
            ("prometheus_rule_group_duration_histogram_seconds", "How long groups took.", values.groupHistogram),
        ] {
            page.family(name, .histogram, help: help)
            page.histogram(name, [:], histogram)
        }
    }
}

extension ExpositionWriter {
    /// Writes a summary without labels.
    mutating func summary(
        _ name: String, _ help: String, _ quantiles: [Double], _ summary: inout ObservationSummary
    ) {
        family(name, .summary, help: help)
        for (quantile, value) in zip(quantiles, summary.quantiles(quantiles, at: .now)) {
            sample(name, ["quantile": "\(quantile)"], value: value)
        }
        sample(name + "_sum", value: summary.sum)
        sample(name + "_count", value: Double(summary.count))
    }
}

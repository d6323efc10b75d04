internal import KTSDBModel
internal import KTSDBRules
internal import PrometheusWire

extension ExpositionWriter {
    /// Writes the metrics of groups of rules, each with the label `rule_group`.
    mutating func add(_ groups: [GroupEvaluator]) {
        let figures = groups.map { RuleGroupFigures($0) }
        for metric in RuleGroupFigures.metrics {
            family(metric.name, metric.type, help: metric.help)
            for group in figures {
                sample(metric.name, ["rule_group": group.name], value: metric.value(group))
            }
        }
    }
}

/// What the metrics of a group show.
private struct RuleGroupFigures {
    struct Metric: Sendable {
        var name: String
        var type: MetricType
        var help: String
        var value: @Sendable (RuleGroupFigures) -> Double
    }

    var name: String
    var statistics: GroupStatistics
    var interval: Double
    var ruleCount: Int
    var ruleSeconds: Double

    init(_ evaluator: GroupEvaluator) {
        let rules = evaluator.rules
        name = evaluator.group.key.description
        statistics = evaluator.statistics
        interval = evaluator.group.interval / .seconds(1)
        ruleCount = rules.count
        ruleSeconds = rules.reduce(0) { $0 + $1.duration / .seconds(1) }
    }

    static let metrics: [Metric] = [
        Metric(
            name: "prometheus_rule_evaluations_total", type: .counter, help: "Evaluations of rules.",
            value: { Double($0.statistics.ruleEvaluations) }),
        Metric(
            name: "prometheus_rule_evaluation_failures_total", type: .counter,
            help: "Evaluations of rules that failed.",
            value: { Double($0.statistics.ruleFailures) }),
        Metric(
            name: "prometheus_rule_group_iterations_total", type: .counter,
            help: "Evaluations of groups that were due, missed ones included.",
            value: { Double($0.statistics.scheduled) }),
        Metric(
            name: "prometheus_rule_group_iterations_missed_total", type: .counter,
            help: "Evaluations of groups that were left out because the one before took too long.",
            value: { Double($0.statistics.missed) }),
        Metric(
            name: "prometheus_rule_group_interval_seconds", type: .gauge,
            help: "The time between two evaluations of a group.",
            value: { $0.interval }),
        Metric(
            name: "prometheus_rule_group_last_duration_seconds", type: .gauge,
            help: "How long the last evaluation of a group took.", value: { $0.statistics.duration / .seconds(1) }),
        Metric(
            name: "prometheus_rule_group_last_rule_duration_sum_seconds", type: .gauge,
            help: "How long the rules of the last evaluation took together.", value: { $0.ruleSeconds }),
        Metric(
            name: "prometheus_rule_group_last_restore_duration_seconds", type: .gauge,
            help: "How long it took to restore alerts from stored series.",
            value: { $0.statistics.restoring / .seconds(1) }),
        Metric(
            name: "prometheus_rule_group_last_evaluation_timestamp_seconds", type: .gauge,
            help: "When a group was last evaluated.",
            value: { Double($0.statistics.lastEvaluation?.nanoseconds ?? 0) / 1e9 }),
        Metric(
            name: "prometheus_rule_group_last_evaluation_samples", type: .gauge,
            help: "Samples that the last evaluation of a group stored.", value: { Double($0.statistics.samples) }),
        Metric(
            name: "prometheus_rule_group_rules", type: .gauge, help: "Rules of a group.",
            value: { Double($0.ruleCount) }),
    ]
}

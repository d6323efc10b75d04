import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBRules
import Testing

@testable import KTSDBServer

extension MetricEvent {
    static let rules =
        "groups: [{name: g, interval: 5s, rules: [{record: r, expr: m}, {record: s, expr: m + on () m}, {alert: A, expr: m}]}]"

    /// What rules do.
    static let ofRules: [MetricEvent] = [
        MetricEvent(
            "evaluations of rules",
            [
                "prometheus_rule_evaluations_total", "prometheus_rule_evaluation_failures_total",
                "prometheus_rule_group_iterations_total", "prometheus_rule_group_last_duration_seconds",
                "prometheus_rule_group_last_rule_duration_sum_seconds",
                "prometheus_rule_group_last_restore_duration_seconds",
                "prometheus_rule_group_last_evaluation_timestamp_seconds",
                "prometheus_rule_group_last_evaluation_samples",
            ]
                + [
                    "rule_evaluation_duration", "rule_group_duration", "rule_evaluation_duration_histogram",
                    "rule_group_duration_histogram",
                ].flatMap { name in ["_sum", "_count"].map { "prometheus_\(name)_seconds\($0)" } }
        ) {
            try await pages { ruled in
                _ = try ruled.server.database.append { batch in
                    for x in ["1", "2"] { batch.append(1, at: ruled.clock.now, to: ["__name__": "m", "x": x]) }
                }
                try await ruled.pass(20, value: nil)
            }
        },
        MetricEvent("an evaluation that is missed", ["prometheus_rule_group_iterations_missed_total"]) {
            try await pages { ruled in
                try await ruled.pass(10, value: 1)
                ruled.clock.advance(by: .seconds(60))
                await (try ruled.server.state.ready.rules).evaluateDue()
            }
        },
        MetricEvent("other rules", ["prometheus_rule_group_interval_seconds", "prometheus_rule_group_rules"]) {
            try await pages { ruled in
                try "groups: [{name: g, interval: 7s, rules: []}]".write(
                    toFile: ruled.directory + "/rules.yml", atomically: true, encoding: .utf8)
                try await ruled.server.reload()
            }
        },
    ]

    private static func pages(
        _ body: @escaping @Sendable (RuledServer) async throws -> Void
    ) async throws -> MetricPages {
        let pages = Shared(MetricPages())
        try await RuledServer.run(rules) { ruled in
            let before = MetricPage(try await ruled.text("/metrics"))
            try await body(ruled)
            let after = MetricPage(try await ruled.text("/metrics"))
            pages.withLock { $0 = MetricPages(before: before, after: after) }
        }
        return pages.withLock { $0 }
    }
}

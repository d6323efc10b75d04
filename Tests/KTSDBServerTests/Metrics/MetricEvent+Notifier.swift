import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

extension MetricEvent {
    /// What happens in the notifier of this process.
    static let ofNotifier: [MetricEvent] = ofNotifications + ofNotifierLimits + ofNotifierState + ofNotifierFiles

    private static func names(_ names: [String]) -> [String] { names.map { "alertmanager_" + $0 } }

    private static let ofNotifications: [MetricEvent] =
        [
            MetricEvent(
                "an alert that is notified",
                names([
                    "alerts", "alerts_received_total", "notifications_total", "notification_requests_total",
                    "notification_latency_seconds_sum", "notification_latency_seconds_count", "nflog_queries_total",
                    "nflog_query_errors_total", "nflog_entries", "silences_queries_total",
                    "dispatcher_aggregation_groups", "dispatcher_alert_processing_duration_seconds_sum",
                    "dispatcher_alert_processing_duration_seconds_count",
                ]) + ["ktsdb_notifier_writes_total"]
            ) {
                try await NotifierWorld.pages { world in
                    await world.post(["alertname": "A"])
                    await world.pass(.seconds(1))
                }
            },
            MetricEvent(
                "alerts that nobody is notified of",
                names(
                    ["silences"]
                        + NotifierStatistics.Suppression.allCases.map {
                            "notifications_suppressed_total{reason=\"\($0.rawValue)\"}"
                        })
            ) {
                try await NotifierWorld.pages { world in
                    try await world.silence("Silenced")
                    await world.post(
                        ["alertname": "Silenced"], ["alertname": "Source"], ["alertname": "Target"],
                        ["alertname": "M", "team": "muted"], ["alertname": "I", "team": "inactive"])
                    await world.pass(.seconds(1))
                }
            },
        ]
        + NotifierMeters.countedReasons.map { reason in
            MetricEvent(
                "a notification that fails: \(reason.rawValue)",
                names([
                    "notifications_failed_total{reason=\"\(reason.rawValue)\"}", "notification_requests_failed_total",
                ])
            ) {
                let failure = AttemptOutcome(.failure(reason: "no", isRetryable: false), reason: reason)
                return try await NotifierWorld.pages(failure) { world in
                    await world.post(["alertname": "A"])
                    await world.pass(.seconds(1))
                }
            }
        }

    private static let ofNotifierLimits: [MetricEvent] = [
        MetricEvent("an alert without labels", names(["alerts_invalid_total"])) {
            try await NotifierWorld.pages { world in
                let answer = try await world.server.post("/api/v2/alerts", json: #"[{"labels":{}}]"#)
                #expect(answer.status == .badRequest)
            }
        },
        MetricEvent("more alerts of a name than there may be", names(["alerts_limited_total"])) {
            var settings = NotifierSettings()
            settings.alertsPerNameLimit = 1
            return try await NotifierWorld.pages(settings: settings) { world in
                await world.post(["alertname": "A", "i": "1"], ["alertname": "A", "i": "2"])
            }
        },
        MetricEvent("more groups than there may be", names(["dispatcher_aggregation_group_limit_reached_total"])) {
            var settings = NotifierSettings()
            settings.groupLimit = 1
            return try await NotifierWorld.pages(settings: settings) { world in
                await world.post(["alertname": "A"], ["alertname": "B"])
            }
        },
    ]

    private static let ofNotifierState: [MetricEvent] = [
        MetricEvent("what is over is forgotten", names(["nflog_maintenance_total"])) {
            try await NotifierWorld.pages { world in await world.pass(NotifierSettings().maintenanceInterval) }
        },
        MetricEvent(
            "a disk that fails",
            names(["nflog_maintenance_errors_total"]) + ["ktsdb_notifier_write_failures_total"]
        ) {
            try await NotifierWorld.pages { world in
                world.disk.setReadOnly(30)
                await world.post(["alertname": "A"])
                await world.pass(NotifierSettings().maintenanceInterval)
            }
        },
    ]

    private static let ofNotifierFiles: [MetricEvent] = [
        MetricEvent(
            "another configuration of the notifier",
            names(["config_hash", "config_last_reload_success_timestamp_seconds", "receivers", "integrations"])
        ) {
            try await NotifierWorld.pages { world in
                let text = NotifierWorld.configuration.replacing(
                    "receivers: [", with: "receivers: [{name: other, webhook_configs: [{url: 'http://o.test'}]}, ")
                let other = try LoadedNotifierConfiguration.parse(text, file: "/am.yml")
                world.clock.advance(by: .seconds(5))
                await world.service.reload(other)
            }
        },
        MetricEvent("a configuration that is refused", names(["config_last_reload_successful"])) {
            try await NotifierWorld.pages { world in await world.service.noteRefusedReload() }
        },
    ]
}

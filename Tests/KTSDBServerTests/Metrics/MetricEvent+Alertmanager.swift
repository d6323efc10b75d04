import HTTPTypes
import HummingbirdTesting
import KTSDBServer
import Testing

extension MetricEvent {
    /// What clients of Alertmanager's API do.
    static let ofAlertmanager: [MetricEvent] = [
        MetricEvent(
            "two requests of Alertmanager's API at once where one may be answered",
            [
                "alertmanager_http_requests_in_flight", "alertmanager_http_concurrency_limit_exceeded_total",
                "alertmanager_http_request_duration_seconds_sum", "alertmanager_http_request_duration_seconds_count",
            ]
        ) {
            try await MetricPages.of(options: { $0.alertmanager.readConcurrency = 1 }) { server in
                let isFirst = server.state.alertmanager.beginRead()
                #expect(isFirst)
                let status = try await server.get("/api/v2/status").status
                #expect(status == .serviceUnavailable)
            }
        }
    ]
}

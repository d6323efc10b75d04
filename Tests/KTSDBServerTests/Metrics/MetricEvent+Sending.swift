import KTSDBModel
import NIOHTTP1
import Synchronization
import Testing

@testable import KTSDBAlerting
@testable import KTSDBRules
@testable import KTSDBServer

extension MetricEvent {
    /// What happens to alerts on their way to Alertmanagers.
    static let ofSending: [MetricEvent] = [
        MetricEvent(
            "alerts that are sent",
            [
                "prometheus_notifications_sent_total", "prometheus_notifications_latency_seconds_sum",
                "prometheus_notifications_latency_seconds_count",
                "prometheus_notifications_latency_histogram_seconds_sum",
                "prometheus_notifications_latency_histogram_seconds_count",
            ]
        ) {
            try await sending { rig in
                rig.offer(3)
                try await rig.wait { rig.figures.sent == 3 }
            }
        },
        MetricEvent(
            "alerts that are refused",
            ["prometheus_notifications_errors_total", "prometheus_notifications_dropped_total"]
        ) {
            try await sending { rig in
                rig.stub.answer(.serviceUnavailable)
                rig.offer(1)
                try await rig.wait { rig.figures.dropped == 1 }
            }
        },
        MetricEvent("alerts that wait", ["prometheus_notifications_queue_length"]) {
            try await sending { rig in
                rig.stub.answer(nil)
                rig.offer(1)
                try await rig.wait { rig.stub.count == 1 }
                rig.offer(2)
            }
        },
        MetricEvent("an Alertmanager that is found", ["prometheus_notifications_alertmanagers_discovered"]) {
            let none = try await MetricPages.of { _ in }, one = try await sending { _ in }
            return MetricPages(before: none.before, after: one.before)
        },
    ]

    /// A server that sends alerts to a stub.
    struct SendingServer: Sendable {
        let server: TestServer
        let stub: AlertStub

        /// What is counted of the stub. Cheaper than a page, and so fit for waiting.
        var figures: PeerFigures {
            let sets = (try? server.state.ready.sender)?.state.withLock { $0.sets } ?? []
            return sets.first?.peers.first?.figures ?? PeerFigures()
        }

        var page: MetricPage { MetricPage(MetricsRoute(state: server.state).page([])) }

        func offer(_ count: Int) {
            let alerts = (0..<count).map { index in
                DueAlert(
                    group: GroupKey(file: "", name: "g"), rule: "A", expression: "1",
                    labels: ["alertname": "A\(index)"],
                    annotations: [:], startsAt: PreciseTime(nanoseconds: 0), endsAt: PreciseTime(nanoseconds: 1),
                    isResolved: false, value: 1)
            }
            #expect(server.state.alertDispatch.offer(alerts) == count)
        }

        /// Waits until `isTrue`; counts attempts, not seconds.
        func wait(until isTrue: () -> Bool) async throws {
            for _ in 0..<30_000 where !isTrue() { try await Task.sleep(for: .milliseconds(4)) }
            try #require(isTrue(), "waited in vain")
        }
    }

    static func sending(
        _ body: @escaping @Sendable (SendingServer) async throws -> Void
    ) async throws -> MetricPages {
        let pages = Shared(MetricPages()), stub = try await AlertStub()
        let text = "alerting: {alertmanagers: [{timeout: 1d, static_configs: [{targets: ['\(stub.address)']}]}]}"
        try await TestServer.run(configuration: text) { server in
            let rig = SendingServer(server: server, stub: stub), before = rig.page
            try await body(rig)
            let after = rig.page
            pages.withLock { $0 = MetricPages(before: before, after: after) }
        }
        return pages.withLock { $0 }
    }
}

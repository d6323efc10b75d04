import KTSDBScrape
import NIOHTTP1
import Testing

@testable import KTSDBAlerting

@Suite(.timeLimit(.minutes(20))) struct `The metrics about sending` {
    @Test func `have Prometheus' names and kinds`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig()
        try await rig.apply(stub)
        let families = rig.sender.selfMetrics().map { "\($0.name) \($0.kind)" }
        #expect(
            families.sorted()
                == [
                    "alertmanagers_discovered gauge", "dropped_total counter", "errors_total counter",
                    "latency_histogram_seconds histogram", "latency_seconds summary", "queue_capacity gauge",
                    "queue_length gauge", "sent_total counter",
                ].map { "prometheus_notifications_" + $0 })
        #expect(rig.metric("sent_total", stub.url) == 0 && rig.metric("latency_seconds", stub.url)?.isNaN == true)
        await rig.sender.stop()
    }

    @Test func `are moved by what happens`() async throws {
        let stub = try await StubAlertmanager(.holds), rig = SendingRig { $0.queueCapacity = 7 }
        #expect(rig.metric("alertmanagers_discovered") == 0)
        try await rig.apply(stub)
        #expect(rig.metric("alertmanagers_discovered") == 1 && rig.metric("queue_capacity") == 7)
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { stub.requests.count == 1 }
        _ = rig.sender.offer(SendingRig.alerts(4))
        #expect(rig.metric("queue_length", stub.url) == 4)
        stub.release()
        try await eventually { rig.metric("sent_total", stub.url) == 5 }
        #expect(rig.metric("queue_length", stub.url) == 0)
        for (name, suffixes) in [
            ("latency_seconds", ["_count"]), ("latency_histogram_seconds", ["_bucket", "_count"]),
        ] {
            for suffix in suffixes {
                let points = rig.sender.selfMetrics().first { $0.name == "prometheus_notifications_" + name }?.points
                let last = points?.last { $0.suffix == suffix }
                #expect(last?.value == 2, "\(name)\(suffix)")
            }
            #expect((rig.metric(name, stub.url, suffix: "_sum") ?? 0) > 0)
        }
        #expect((rig.metric("latency_seconds", stub.url) ?? .nan) > 0)
        stub.behave(.answers(.badGateway))
        _ = rig.sender.offer(SendingRig.alerts(2))
        try await eventually { rig.metric("errors_total", stub.url) == 2 }
        #expect(rig.metric("dropped_total", stub.url) == 2)
        await rig.sender.stop()
    }

    @Test func `of an address that two entries find are added up`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig()
        let entry = "{static_configs: [{targets: ['\(stub.address)']}]}"
        try await rig.apply("alertmanagers: [\(entry), \(entry)]")
        _ = rig.sender.offer(SendingRig.alerts(3))
        try await eventually { rig.metric("sent_total", stub.url) == 6 }
        let points = rig.sender.selfMetrics().first { $0.name.hasSuffix("sent_total") }?.points
        #expect(points?.count == 1 && rig.metric("latency_seconds", stub.url, suffix: "_count") == 2)
        await rig.sender.stop()
    }
}

import Foundation
import KTSDBEngine
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBAlerting
@testable import KTSDBServer

/// Takes heartbeats, or refuses them.
final class HeartbeatStub: HeartbeatClient {
    let reason = Mutex<String?>(nil)

    func post(_ text: String, to url: String, of target: HeartbeatTarget) async -> String? { reason.withLock { $0 } }
    func keep(_ targets: [HeartbeatTarget]) async {}
}

extension MetricEvent {
    /// What becomes of heartbeats that are sent.
    static let ofHeartbeats: [MetricEvent] = [
        MetricEvent(
            "a heartbeat that arrives",
            ["ktsdb_heartbeats_sent_total", "ktsdb_heartbeats_last_sent_timestamp_seconds"]
        ) {
            try await heartbeats { sender, _ in await sender.beat(at: .seconds(60)) }
        },
        MetricEvent("a heartbeat that is refused", ["ktsdb_heartbeats_failed_total"]) {
            try await heartbeats { sender, stub in
                stub.reason.withLock { $0 = "status 500" }
                await sender.beat(at: .seconds(60))
            }
        },
        MetricEvent("a group of rules that is late", ["ktsdb_heartbeats_withheld_total"]) {
            try await heartbeats(rules: rules) { sender, _ in await sender.beat(at: .seconds(3600)) }
        },
    ]

    /// The pages of a server that has sent a heartbeat, and what it says an hour later and after `body`.
    static func heartbeats(
        rules: String = "groups: []\n",
        _ body: @escaping @Sendable (HeartbeatSender, HeartbeatStub) async throws -> Void
    ) async throws -> MetricPages {
        let pages = Shared(MetricPages()), directory = TemporaryDirectory(), stub = HeartbeatStub()
        let file = directory.path + "/ktsdb.yml"
        try "heartbeats: {send: [{url: 'http://hc.test/x'}]}".write(toFile: file, atomically: true, encoding: .utf8)
        try await RuledServer.run(rules, options: { $0.settingsFile = file }) { ruled in
            try await ruled.server.reload()
            try await ruled.pass(20, value: 1)
            let sender = ruled.server.state.makeHeartbeatSender(stub)
            await sender.beat(at: .zero)
            let before = MetricPage(try await ruled.text("/metrics"))
            ruled.clock.advance(by: .seconds(3600))
            try await body(sender, stub)
            let after = MetricPage(try await ruled.text("/metrics"))
            pages.withLock { $0 = MetricPages(before: before, after: after) }
        }
        withExtendedLifetime(directory) {}
        return pages.withLock { $0 }
    }
}

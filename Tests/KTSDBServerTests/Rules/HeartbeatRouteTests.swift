import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBConfiguration
import KTSDBEngine
import KTSDBModel
import KTSDBRules
import KTSDBScrape
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBAlerting
@testable import KTSDBServer

@Suite struct `Heartbeats that are expected` {
    private static let settings = """
        heartbeats:
          expect:
          - {name: backup, interval: 1m, grace: 10s, labels: {severity: critical}}
          - {name: other, interval: 1h}
        """

    private static func run(
        _ body: @escaping @Sendable (RuledServer) async throws -> Void
    ) async throws {
        let directory = TemporaryDirectory()
        try settings.write(toFile: directory.path + "/ktsdb.yml", atomically: true, encoding: .utf8)
        try await RuledServer.run(
            "groups: []\n", options: { $0.settingsFile = directory.path + "/ktsdb.yml" }
        ) { ruled in
            try await ruled.server.reload()
            try await body(ruled)
        }
        withExtendedLifetime(directory) {}
    }

    private static func alerts(_ ruled: RuledServer) async throws -> [Alert] {
        try await ruled.server.state.ready.rules.evaluators.flatMap { $0.rules.flatMap(\.state.activeAlerts) }
    }

    @Test func `fire when they are late, and end when they come`() async throws {
        try await Self.run { ruled in
            // One that never came has the time from now on.
            try await ruled.pass(68, value: nil)
            #expect(try await Self.alerts(ruled).isEmpty)
            #expect(try await ruled.server.post("/api/v1/heartbeat/backup").status == .ok)
            try await ruled.pass(60, value: nil)
            #expect(try await ruled.server.get("/api/v1/heartbeat/backup").status == .ok)
            try await ruled.pass(68, value: nil)
            #expect(try await Self.alerts(ruled).isEmpty)
            try await ruled.pass(12, value: nil)
            let late = try await Self.alerts(ruled)
            #expect(
                late.map(\.labels) == [["alertname": "HeartbeatLate", "heartbeat": "backup", "severity": "critical"]])
            #expect(late.first?.state == .firing)
            #expect(
                late.first?.annotations["summary"]?.hasPrefix("The heartbeat backup is expected every 1m and is late")
                    == true)
            let list = try await ruled.text("/api/v1/heartbeat")
            #expect(list.contains("\"name\":\"backup\",\"interval\":60,\"grace\":10,\"last\":\"2"), "\(list)")
            #expect(try await ruled.server.post("/api/v1/heartbeat/backup").status == .ok)
            try await ruled.pass(8, value: nil)
            #expect(try await Self.alerts(ruled).isEmpty)
        }
    }

    @Test func `continue to fire however long they do not come`() async throws {
        try await Self.run { ruled in
            let rules = try ruled.server.state.ready.rules
            for _ in 0..<60 {
                ruled.clock.advance(by: .seconds(3600))
                await rules.evaluateDue()
            }
            let names = Set(
                try await Self.alerts(ruled).filter { $0.state == .firing }.map { $0.labels["heartbeat"] ?? "" })
            #expect(names == ["backup", "other"])
        }
    }

    @Test func `of other names are not found`() async throws {
        try await Self.run { ruled in
            let response = try await ruled.server.post("/api/v1/heartbeat/nosuch")
            #expect(response.status == .notFound && response.text.contains("heartbeats.expect"))
        }
    }

    @Test func `are listed with those that are sent`() async throws {
        let directory = TemporaryDirectory(), file = directory.path + "/ktsdb.yml"
        try "heartbeats: {send: [{url: 'https://u:pw@hc.test/s3cr3t', interval: 1m}]}".write(
            toFile: file, atomically: true, encoding: .utf8)
        try await RuledServer.run("groups: []\n", options: { $0.settingsFile = file }) { ruled in
            try await ruled.server.reload()
            #expect(try await ruled.text("/api/v1/heartbeat").contains(#""heartbeats":[],"sent":[],"obstacles":[]"#))
            let stub = HeartbeatStub(), sender = ruled.server.state.makeHeartbeatSender(stub)
            await sender.beat(at: .zero)
            stub.reason.withLock { $0 = "status 500" }
            await sender.beat(at: .seconds(60))
            let text = try await ruled.text("/api/v1/heartbeat")
            #expect(
                text.contains(#""host":"hc.test","interval":60,"sent":1,"failed":1,"withheld":0,"last":"2"#), "\(text)")
            #expect(text.contains(#""error":"status 500""#) && !text.contains("s3cr3t") && !text.contains("pw"))
        }
        withExtendedLifetime(directory) {}
    }

    @Test(arguments: [
        ("send: [{}]", "url: the address"), ("send: [{url: 'ftp://x'}]", "unsupported scheme"),
        ("send: [{url: 'http://x', interval: 1ms}]", "a second or more"),
        ("send: [{url: 'http://x', every: 1m}]", "field every"),
        ("expect: [{name: 'a/b', interval: 1m}]", "letters, digits"), ("expect: [{name: a}]", "interval"),
        ("expect: [{interval: 1m}]", "name"), ("expect: [{name: a, interval: 1m}, {name: a, interval: 2m}]", "twice"),
        ("expect: [{name: a, interval: 1m, labels: {heartbeat: x}}]", "set by ktsdb"),
        ("expect: [{name: a, interval: 1m, labels: {'a-b': x}}]", "not a valid label name"),
    ]) func `mistakes in the settings are named`(text: String, reason: String) throws {
        let directory = TemporaryDirectory(), file = directory.path + "/ktsdb.yml"
        try "heartbeats:\n  \(text)\n".write(toFile: file, atomically: true, encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) { try Settings.load(path: file) }
        withExtendedLifetime(directory) {}
        #expect(error?.line == 2 && error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func `targets have variables and credentials`() throws {
        let directory = TemporaryDirectory(), file = directory.path + "/ktsdb.yml"
        let text = "heartbeats:\n  send:\n  - {url: 'https://x/${ID}', http_config: {bearer_token: '${ID}'}}\n"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let settings = try Settings.load(path: file, variables: Variables(["ID": "abc"]))
        withExtendedLifetime(directory) {}
        let target = settings[HeartbeatSettings.self].targets[0]
        #expect(target.url == "https://x/abc" && target.host == "x" && target.interval == .seconds(60))
        #expect(target.client.authorization == .credentials(type: "Bearer", .text("abc")))
    }
}

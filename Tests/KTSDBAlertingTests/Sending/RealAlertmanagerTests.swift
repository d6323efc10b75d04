import AsyncHTTPClient
import Foundation
import KTSDBModel
import KTSDBRules
import KTSDBTesting
import NIOCore
import NIOHTTP1
import ProcessTesting
import Testing

@testable import KTSDBAlerting

/// The packaged Alertmanager, on loopback with a directory of its own.
private final class AlertmanagerProcess {
    static let program = ["/usr/bin/prometheus-alertmanager", "/usr/bin/alertmanager", "/usr/local/bin/alertmanager"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    /// Its absence is a failure where it is required, else a skip that shows.
    static let isRequired = ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] != nil

    let port: Int
    private let directory = TemporaryDirectory()
    private let process: ChildProcess

    init() async throws {
        // Ports that are free for a moment: the system gives them out in turn.
        let ports = [try await StubAlertmanager(), try await StubAlertmanager()]
        port = ports[0].port
        for stub in ports { await stub.close() }
        try directory.put("route: {receiver: none}\nreceivers: [{name: none}]\n", in: "config.yml")
        process = try ChildProcess(
            try #require(Self.program),
            [
                "--config.file=\(directory.path)/config.yml", "--storage.path=\(directory.path)",
                "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=", "--web.route-prefix=/am",
            ])
    }

    func get(_ path: String) async throws -> [UInt8]? {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/am\(path)")
        guard let answer = try? await HTTPClient.shared.execute(request, timeout: .seconds(60)),
            answer.status == .ok
        else { return nil }
        return Array(buffer: try await answer.body.collect(upTo: 1 << 24))
    }
}

/// An alert as the API of an Alertmanager lists it.
private struct ListedAlert: Decodable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String
    var generatorURL: String
}

@Suite struct `A real Alertmanager` {
    @Test(
        .timeLimit(.minutes(20)),
        .enabled(
            if: AlertmanagerProcess.isRequired || AlertmanagerProcess.program != nil,
            "prometheus-alertmanager is not installed"))
    func `has the alerts that were sent to it`() async throws {
        let process = try await AlertmanagerProcess(), rig = SendingRig()
        for _ in 0..<3000 where try await process.get("/-/ready") == nil {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await rig.apply(
            "alertmanagers: [{path_prefix: /am, static_configs: [{targets: ['127.0.0.1:\(process.port)']}]}]")
        let now = PreciseTime(.now)
        var alerts = (0..<600).map { SendingRig.alert("A", ["i": "\($0)", "x": "<&>\u{2028}\u{1}é한"]) }
        for index in alerts.indices {
            alerts[index].annotations = index % 2 == 0 ? [:] : ["summary": "a > \"b\" &\n"]
            alerts[index].startsAt = now - .seconds(60)
            alerts[index].endsAt = now + .seconds(240)
        }
        #expect(rig.sender.offer(alerts) == 600)
        await rig.sender.stop()
        #expect(rig.log.lines.isEmpty)
        let listed = try JSONDecoder().decode(
            [ListedAlert].self, from: Data(try #require(try await process.get("/api/v2/alerts"))))
        #expect(listed.count == 600)
        let wanted = Dictionary(uniqueKeysWithValues: alerts.map { ($0.labels["i"], $0) })
        for alert in listed {
            let sent = try #require(wanted[alert.labels["i"]])
            #expect(Labels(alert.labels.map { ($0.key, $0.value) }) == sent.labels)
            #expect(NamedTexts(alert.annotations.map { ($0.key, $0.value) }) == sent.annotations)
            #expect(alert.generatorURL == sent.generatorURL)
        }
    }
}

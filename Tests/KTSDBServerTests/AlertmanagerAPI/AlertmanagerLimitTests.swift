import Dispatch
import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBAlerting
import KTSDBEngine
import KTSDBNotify
import KTSDBServer
import KTSDBTesting
import Synchronization
import Testing

/// What Alertmanager's flags limit, as clients see it.
@Suite struct AlertmanagerLimitTests {
    private func flags(_ arguments: String...) throws -> AlertmanagerOptions {
        try ServerOptions(arguments: arguments) { _ in nil }.alertmanager
    }

    @Test(.timeLimit(.minutes(20))) func `a request that takes longer than --web.timeout is given up`() async throws {
        let flags = try flags("--alertmanager.web.timeout=50ms"), files = ObservedFileSystem(SimulatedFileSystem())
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        let database = try Database(files: files, path: "/data", configuration: configuration)
        try await TestServer.run(options: { $0.alertmanager = flags }, database: database) { server in
            let service = try NotifyingServer.service(database), disk = DispatchSemaphore(value: 0)
            server.state.alertmanager.serve(service)
            files.onSync.withLock { $0 = { disk.wait() } }
            let late = try await server.post("/api/v2/alerts", json: #"[{"labels":{"alertname":"A"}}]"#)
            #expect(late.status == .serviceUnavailable && late.text == "Exceeded configured timeout of 50ms.\n")
            files.onSync.withLock { $0 = nil }
            for _ in 0..<100 { disk.signal() }
            // What was late is done nevertheless, as in Alertmanager.
            #expect(await service.perform { notifier, _ in ([], notifier.alerts.count) } == 1)
            await service.stop()
        }
    }

    @Test(arguments: [
        ("--silences.max-silences=1", #""exceeded maximum number of silences: 1 (limit: 1)""#, ""),
        ("--silences.max-silence-size-bytes=64", #""silence exceeded maximum size: "#, #" bytes (limit: 64 bytes)""#),
    ]) func `a silence beyond the limits is refused`(_ flag: String, _ begin: String, _ end: String) async throws {
        let directory = TemporaryDirectory(), path = directory.path + "/am.yml"
        try NotifyingServer.configuration.write(toFile: path, atomically: true, encoding: .utf8)
        var flags = try flags(flag)
        flags.configurationFile = path
        try await TestServer.run(options: { [flags] in $0.alertmanager = flags }) { server in
            let id = try await server.silence("alertname", "A")
            #expect(UUID(uuidString: id) != nil, "\(id)")
            let refusal = try await server.silence("alertname", String(repeating: "A", count: 64))
            #expect(refusal.hasPrefix(begin) && refusal.hasSuffix(end + "\n"), "\(refusal)")
            let list = try await server.get("/api/v2/silences").text
            #expect(list.contains(id) && !list.contains("AAAA"))
        }
    }
}

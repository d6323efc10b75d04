import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import Logging
import NIOPosix
import ProcessTesting
import Testing

/// The packaged node exporter, on loopback.
private enum NodeExporter {
    static let program = ["/usr/bin/prometheus-node-exporter", "/usr/local/bin/node_exporter"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    /// Its absence is a failure where it is required, else a skip that shows.
    static let isRequired = ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] != nil
}

@Suite struct `A real node exporter` {
    private static let range = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)

    private func configuration(port: Int) throws -> Configuration {
        var text = "global: {scrape_interval: 20m, scrape_timeout: 10m}\nscrape_configs:\n"
        for (job, format) in [("text", "PrometheusText0.0.4"), ("protobuf", "PrometheusProto")] {
            text +=
                "- job_name: \(job)\n  scrape_protocols: [\(format)]\n"
                + "  static_configs: [{targets: ['127.0.0.1:\(port)']}]\n"
        }
        return try Configuration.parse(text, path: "p.yml")
    }

    /// Waits until the exporter answers: at most for a minute of attempts.
    private func wait(for port: Int) async throws {
        let job = try configuration(port: port).jobs[0]
        let target = try `Fetching a body`.target(
            of: TargetGroup(addresses: ["127.0.0.1:\(port)"], labels: [:]), job)
        let fetcher = HTTPFetcher(job: job)
        let source = fetcher.source(for: target, userAgent: "k", on: MultiThreadedEventLoopGroup.singleton.next())
        for _ in 0..<6000 {
            if (try? await source.fetch(sizeHint: 0)) != nil { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        await fetcher.close()
    }

    /// The series of a job, without its name; those that come and go while the exporter runs are left out.
    private func series(of job: String, in database: Database) throws -> Set<Labels> {
        let selected = try database.readView().select([.equal("job", job)], in: Self.range)
        var found: Set<Labels> = []
        for position in 0..<selected.count {
            let labels = try selected.labels(at: position).removing(["job"]), name = labels.metricName ?? ""
            if ["go_", "process_", "promhttp_", "node_cpu_seconds", "up"].contains(where: name.hasPrefix) {
                found.insert(labels)
            }
        }
        return found
    }

    @Test(
        .timeLimit(.minutes(10)),
        .enabled(
            if: NodeExporter.isRequired || NodeExporter.program != nil, "prometheus-node-exporter is not installed"))
    func `says in protobuf what it says in text`() async throws {
        // A port that is free for a moment: the system gives them out in turn.
        let stub = try await LoopbackServer { _ in .none }
        let port = stub.port
        await stub.close()
        let process = try ChildProcess(try #require(NodeExporter.program), ["--web.listen-address=127.0.0.1:\(port)"])
        defer { withExtendedLifetime(process) {} }
        try await wait(for: port)
        let database = Database.inMemory(.init()), clock = ManualClock()
        let manager = ScrapeManager(
            database: database, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await manager.apply(try configuration(port: port))
        await clock.sleepers(2)
        await clock.wake(2)
        #expect(manager.targets().active.map(\.lastError) == ["", ""])
        let text = try series(of: "text", in: database), protobuf = try series(of: "protobuf", in: database)
        #expect(text.count > 20 && text == protobuf, "\(text.symmetricDifference(protobuf))")
        #expect(manager.metadata(metric: "go_goroutines")["go_goroutines"]?.count == 1)
        await manager.stop()
        try? database.close()
    }
}

import Foundation
import KTSDBModel
import ProcessTesting
import Testing

@Suite(.serialized) struct `The query commands of the program` {
    @Test func `ask a server, and then its directory`() async throws {
        let server = try ServerProcess()
        try await server.startAndWait()
        let now = Timestamp.now.milliseconds / 1000 * 1000
        #expect(await server.write(2, metric: "m", at: now, value: 7))
        let url = "http://127.0.0.1:\(server.port)", time = "--time=\(now / 1000)"
        let line = "m{i=\"0\"} => 7 @[\(now / 1000)]\nm{i=\"1\"} => 7 @[\(now / 1000)]\n"
        #expect(try await ServerProcess.run(["query", "instant", "--server", url, time, "m"]) == (0, line))
        #expect(try await ServerProcess.run(["promtool", "query", "instant", url, "m", time]) == (0, line))
        #expect(try await ServerProcess.run(["check", "ready", "--url", url]).status == 0)
        #expect(try await ServerProcess.run(["check", "healthy", "--url", "http://127.0.0.1:1"]).status == 1)
        let metrics = server.directory.appendingPathComponent("a.prom")
        try "pushed{a=\"b\"} 3\n".write(to: metrics, atomically: true, encoding: .utf8)
        let (pushed, push) = try await ServerProcess.run(["push", "metrics", url, metrics.path, "--label=job=j"])
        #expect(pushed == 0 && push.hasSuffix("pushed to remote write.\n"), "\(push)")
        let (found, series) = try await ServerProcess.run(["query", "series", url, "--match=pushed", "--format=csv"])
        #expect(found == 0 && series == "__name__,a,job\npushed,b,j\n", "\(series)")
        let bundle = server.directory.appendingPathComponent("d.tar.gz").path
        let (collected, output) = try await ServerProcess.run(["debug", "all", "--server", url, "--output", bundle])
        #expect(collected == 0 && !output.contains("left out"), "\(output)")

        server.kill(SIGTERM)
        _ = try await server.waitForExit()
        let directory = server.dataDirectory.path
        #expect(try await ServerProcess.run(["query", "instant", "--data", directory, "m", time]) == (0, line))
        let (asked, values) = try await ServerProcess.run(["query", "labels", "i", "--data", directory, "-o", "json"])
        #expect(asked == 0 && values == "[\"0\",\"1\"]\n")
    }

    @Test func `are those of promtool when the program has its name`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("ktsdb-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func run(_ name: String, _ arguments: String...) async throws -> ChildProcess.Output {
            let link = directory.appendingPathComponent(name)
            try? FileManager.default.createSymbolicLink(
                at: link, withDestinationURL: URL(fileURLWithPath: ServerProcess.program))
            return try await ChildProcess.run(link.path, arguments)
        }
        let query = try await run("promtool", "query", "instant", "http://x")
        #expect(query.errors == "promtool: error: required argument 'expr' not provided, try --help\n")
        #expect(try await run("promtool", "promql", "format", "up").status == 1)
        #expect(try await run("promtool", "--experimental", "promql", "format", "up").output == "up\n")
        #expect(try await run("promtool", "--version").output.hasPrefix("promtool, version "))
        let alerts = try await run("amtool", "alert")
        #expect(alerts.errors == "amtool: error: required flag --alertmanager.url not provided\n" && alerts.status == 1)
    }

    @Test func `print expressions`() async throws {
        let (status, output) = try await ServerProcess.run(["promql", "label-matchers", "set", "sum(up)", "job", "a"])
        #expect(status == 0 && output == "sum(up{job=\"a\"})\n")
    }
}

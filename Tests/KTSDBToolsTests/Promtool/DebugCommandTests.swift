import KTSDBTesting
import KTSDBTools
import ProcessTesting
import Testing

@Suite struct `Collecting what a server does` {
    @Test func `writes an archive that tar reads`() async throws {
        let server = TestPrometheus((200, "up 1\n"), (404, "not here"), (200, String(repeating: "x", count: 5000)))
        let scene = try Scene()
        let output = PromtoolCommand.run(["debug", "all", "http://x"], server.environment(files: scene.files))
        #expect(output.code == 0 && output.errors == "")
        #expect(output.output.hasPrefix("ktsdb has no profiles of Go (/debug/pprof)"))
        #expect(output.output.contains("\ncollecting: http://x/metrics\n"))
        #expect(output.output.contains("\nleft out: /api/v1/status/config, which has status 404\n"))
        #expect(
            output.output.hasSuffix(
                "Compiling debug information complete, all files written in \"debug.tar.gz\".\n"))
        #expect(server.requests.count == DebugBundle.all.count)
        let list = try await ChildProcess.run("/usr/bin/env", ["tar", "tzf", "debug.tar.gz"], in: scene.directory.path)
        let expected = DebugBundle.all.map(\.file).filter { $0 != "status_config.json" }
        #expect(list.status == 0 && list.output == expected.joined(separator: "\n") + "\n", "\(list)")
        let content = try await ChildProcess.run(
            "/usr/bin/env", ["tar", "xzOf", "debug.tar.gz", "metrics.txt", "status_flags.json"],
            in: scene.directory.path)
        #expect(content.output == "up 1\n" + String(repeating: "x", count: 5000))
    }

    @Test func `collects metrics alone, as promtool prints it`() throws {
        let server = TestPrometheus((200, "up 1\n")), scene = try Scene()
        let output = PromtoolCommand.run(
            ["debug", "metrics", "http://x", "--output=m.tgz"], server.environment(files: scene.files))
        #expect(
            output.output == """
                collecting: http://x/metrics
                Compiling debug information complete, all files written in "m.tgz".

                """)
        #expect(try scene.files.bytes("m.tgz").prefix(2) == [0x1F, 0x8B])
    }

    @Test func `writes nothing if the server refuses`() throws {
        let scene = try Scene()
        for status in [401, 403, 503] {
            let server = TestPrometheus((status, ""))
            let output = PromtoolCommand.run(["debug", "all", "http://x"], server.environment(files: scene.files))
            #expect(output.errors == "error completing debug command: http://x/metrics has status \(status)\n")
            #expect(output.code == 1 && scene.files.kind("debug.tar.gz") == .missing)
        }
    }

    @Test func `says why there are no profiles`() {
        let output = TestPrometheus().run("debug", "pprof", "http://x")
        #expect(output.code == 1)
        #expect(output.errors.hasPrefix("error completing debug command: ktsdb has no profiles of Go"))
    }
}

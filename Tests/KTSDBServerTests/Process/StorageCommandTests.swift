import CLibrary
import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

/// The commands about a database's files, beside a running server and without one.
@Suite(.serialized) struct `The commands about files` {
    private static let everything = Timestamp.earliest...Timestamp.latest

    private static func run(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await ServerProcess.run(["tsdb"] + arguments)
    }

    /// A server that scrapes itself every tenth of a second.
    private static func server() throws -> ServerProcess {
        let server = try ServerProcess()
        try """
        global: {scrape_interval: 100ms, scrape_timeout: 100ms}
        scrape_configs:
        - job_name: self
          static_configs: [{targets: ['127.0.0.1:\(server.port)']}]
        """.write(to: server.configurationFile, atomically: true, encoding: .utf8)
        return server
    }

    private static func count(_ view: ReadView) throws -> Int {
        try view.series(matching: .name("up"), in: everything).reduce(0) { try $0 + $1.samples().count }
    }

    /// Refreshes until enough samples of `up` are shown; attempts are counted, not seconds.
    private static func wait(_ reader: DatabaseFollower, for count: Int) async throws {
        var last: UInt64 = 0, lastCount = 0
        for _ in 0..<3_000 {
            try reader.refresh()
            let shown = try Self.count(reader.readView())
            #expect(reader.sequence >= last && shown >= lastCount, "nothing is lost from refresh to refresh")
            (last, lastCount) = (reader.sequence, shown)
            if shown >= count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(lastCount) samples are shown, not \(count)")
    }

    @Test func `read beside a server, and follow it through a kill and a start`() async throws {
        let server = try Self.server(), data = server.dataDirectory.path
        try await server.startAndWait()
        let reader = try DatabaseFollower(path: data)
        try await Self.wait(reader, for: 5)
        let listed = try await Self.run("list", "--data", data)
        #expect(listed.status == 0 && listed.output.hasPrefix("BLOCK "), "\(listed.output)")
        let dumped = try await Self.run("dump", "--data", data, "--match", "up")
        #expect(
            dumped.status == 0 && dumped.output.contains(#"{__name__="up", instance="127.0.0.1:"#), "\(dumped.output)")
        #expect(dumped.output.split(separator: "\n").count >= 5)
        let analysed = try await Self.run("analyze", "--data", data, "--json", "--limit", "1")
        #expect(analysed.status == 0, "\(analysed.output)")
        let tree = try JSONTreeParser.parse(Array(analysed.output.utf8))
        #expect(tree["labelPairsBySeries"]?.hasParts == true)
        // A snapshot seals, so the log begins a segment and blocks appear.
        let snapshot = try await Self.run("snapshot", "--data", data, "--server", "http://127.0.0.1:\(server.port)")
        #expect(
            snapshot.status == 0 && FileManager.default.fileExists(atPath: "\(data)/snapshots"), "\(snapshot.output)")
        let before = try Self.count(reader.readView())
        try await Self.wait(reader, for: before + 5)
        #expect(reader.statistics.blocks > 0)
        server.kill(SIGKILL)
        _ = try await server.waitForExit()
        try reader.refresh()
        let killed = try Self.count(reader.readView())
        try await server.startAndWait()
        try await Self.wait(reader, for: killed + 5)
        server.kill(SIGTERM)
        #expect(try await server.waitForExit() == 0)
        try reader.refresh()
        let database = try Database.reading(path: data)
        #expect(try Self.count(database.readView()) == Self.count(reader.readView()))
        try database.close()
    }

    @Test func `back up, list, restore and clone, through a server and without one`() async throws {
        let server = try Self.server(), data = server.dataDirectory.path
        let directory = TemporaryDirectory(), path = directory.path
        defer { withExtendedLifetime(directory) {} }
        try await server.startAndWait()
        let reader = try DatabaseFollower(path: data)
        try await Self.wait(reader, for: 5)
        let url = "http://127.0.0.1:\(server.port)"
        let refused = try await Self.run("backup", "--data", data, "\(path)/store")
        #expect(refused.status == 1 && refused.output.contains("--server"), "\(refused.output)")
        let first = try await Self.run("backup", "--data", data, "--server", url, "--json", "\(path)/store")
        #expect(first.status == 0, "\(first.output)")
        let report = try JSONTreeParser.parse(Array(first.output.utf8))
        #expect(report["backup"]?["name"]?.text?.hasPrefix("000001-") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(data)/snapshots").isEmpty)
        let cloned = try await Self.run("clone", "--data", data, "--server", url, "\(path)/clone")
        #expect(cloned.status == 0, "\(cloned.output)")
        server.kill(SIGTERM)
        #expect(try await server.waitForExit() == 0)
        let second = try await Self.run("backup", "--data", data, "--keep", "5", "\(path)/store")
        #expect(second.status == 0 && second.output.hasPrefix("Backup 000002-"), "\(second.output)")
        let listed = try await Self.run("list-backups", "--verify", "\(path)/store")
        #expect(listed.status == 0 && listed.output.split(separator: "\n").count == 2, "\(listed.output)")
        for arguments in [["\(path)/store", "\(path)/new"], ["--link", "\(path)/store", "\(path)/linked"]] {
            let restored = try await ServerProcess.run(["tsdb", "restore"] + arguments)
            #expect(restored.status == 0, "\(restored.output)")
        }
        let again = try await Self.run("restore", "\(path)/store", "\(path)/new")
        #expect(again.status == 1 && again.output.contains("is not empty"), "\(again.output)")
        let expected = try Self.count(DatabaseFollower(path: data).readView())
        #expect(try Self.count(DatabaseFollower(path: "\(path)/new").readView()) == expected)
        #expect(try Self.count(DatabaseFollower(path: "\(path)/linked").readView()) == expected)
        #expect(try Self.count(DatabaseFollower(path: "\(path)/clone").readView()) >= 5)
        // Out of the one, into another.
        let exported = try await Self.run("export", "--data", "\(path)/new", "\(path)/x.jsonl.gz", "--json")
        #expect(exported.status == 0, "\(exported.output)")
        let imported = try await Self.run("import", "--data", "\(path)/imported", "\(path)/x.jsonl.gz", "--json")
        #expect(imported.status == 0 && imported.output.contains(#""refused":{}"#), "\(imported.output)")
        #expect(try Self.count(DatabaseFollower(path: "\(path)/imported").readView()) == expected)
        let twice = try await Self.run("import", "--data", "\(path)/imported", "\(path)/x.jsonl.gz", "--json")
        #expect(twice.status == 0 && twice.output.contains(#""stored":0,"#), "\(twice.output)")
        let compacted = try await Self.run("compact", "--data", "\(path)/imported")
        #expect(compacted.status == 0 && compacted.output.hasPrefix("Compactions: "), "\(compacted.output)")
        let unknown = try await Self.run("import", "--data", "\(path)/imported", "\(path)/x.bin")
        #expect(unknown.status == 1 && unknown.output.contains("--format"), "\(unknown.output)")
    }

    @Test(arguments: [
        "list", "analyze", "dump", "dump-openmetrics", "export", "import", "snapshot", "backup", "list-backups",
        "restore", "clone", "compact", "delete", "deletions", "undelete", "reclaim", "retention", "drop-future",
        "list-set-aside", "restore-set-aside", "verify", "scrub", "repair", "no-such-command",
    ])
    func `end with promtool's exit code if a flag is wrong`(command: String) async throws {
        let answer = try await Self.run(command, "--no-such-flag")
        #expect(answer.status == 1 && answer.output.contains("ktsdb help tsdb"), "\(answer.output)")
    }

    @Test func `say what is wrong, and end with the exit code for it`() async throws {
        let directory = TemporaryDirectory(), data = directory.path + "/data", file = directory.path + "/x.csv"
        defer { withExtendedLifetime(directory) {} }
        for command in ["list", "analyze", "dump", "export", "snapshot", "compact"] {
            let answer = try await Self.run(command, "--data", data)
            #expect(answer.status == 1 && answer.output.contains(data), "\(command): \(answer.output)")
        }
        #expect(try await Self.run("scrub", "--data", data).status == 2)
        #expect(!FileManager.default.fileExists(atPath: data))
        try "up,1000,1\nup,2000,two\nup,3000,3\n".write(toFile: file, atomically: true, encoding: .utf8)
        let malformed = try await Self.run("import", "--data", data, file)
        #expect(malformed.status == 1 && malformed.output.contains("\(file), line 2: "), "\(malformed.output)")
        #expect(try Self.count(DatabaseFollower(path: data).readView()) == 1)
        try "up,1000,9\nup,2000,2\n".write(toFile: file, atomically: true, encoding: .utf8)
        let refused = try await Self.run("import", "--data", data, file)
        #expect(refused.status == 1 && refused.output.contains("1 of 2 samples stored"), "\(refused.output)")
        #expect(refused.output.contains("Refused: 1, duplicate sample for timestamp."), "\(refused.output)")
        let replaced = try await Self.run("import", "--data", data, "--replace", file)
        #expect(replaced.status == 0, "\(replaced.output)")
        let dumped = try await Self.run("dump", "--data", data)
        #expect(dumped.output == "{__name__=\"up\"} 9 1000\n{__name__=\"up\"} 2 2000\n", "\(dumped.output)")
        let metrics = try await Self.run("dump-openmetrics", "--data", data, "--start", "2")
        #expect(metrics.status == 0 && metrics.output == "up 2 2.000\n# EOF\n", "\(metrics.output)")
        let sound = try await Self.run("scrub", "--data", data)
        #expect(sound.status == 0 && sound.output == "Everything is sound.\n", "\(sound.output)")
        // A byte of a block's end, without which it cannot be opened.
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: "\(data)/blocks").sorted().first)
        let block = URL(fileURLWithPath: "\(data)/blocks/\(name)")
        var bytes = try Data(contentsOf: block)
        bytes[bytes.count - 1] ^= 8
        try bytes.write(to: block)
        for command in ["list", "export", "analyze"] {
            let answer = try await Self.run(command, "--data", data)
            #expect(answer.status == 1 && answer.output.contains("warning: block left out: "), "\(answer.output)")
        }
        let found = try await Self.run("scrub", "--data", data, "--json")
        #expect(found.status == 1 && found.output.contains(name), "\(found.output)")
    }
}

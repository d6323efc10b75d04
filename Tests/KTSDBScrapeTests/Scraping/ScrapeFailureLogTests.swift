import Foundation
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `The log of failed scrapes` {
    private func lines(_ path: String) -> [String] {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `has a line for each, and its file can be moved away before a reload`() async throws {
        let directory = TemporaryDirectory(), path = "\(directory.path)/failed.log"
        let rig = try await StoreRig { _, round in
            round == 1 ? .page("a 1\n") : .page(Array("no".utf8), status: "503 Not \"now\"")
        }
        try await rig.apply("scrape_failure_log_file: \(path)")
        for _ in 0..<3 { await rig.scrape() }
        let found = lines(path)
        #expect(found.count == 2)
        let end =
            #""level":"ERROR","msg":"server returned HTTP status 503 Not \"now\"","job_name":"j","#
            + "\"target\":\"http://127.0.0.1:\(rig.server.port)/m\"}"
        for line in found { #expect(line.hasPrefix("{\"time\":\"") && line.hasSuffix(end), "\(line)") }
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try await rig.apply("scrape_failure_log_file: \(path)")
        await rig.scrape()
        #expect(lines(path).count == 1 && lines(path + ".1").count == 2)
        try await rig.apply()
        await rig.scrape()
        #expect(lines(path).count == 1)
        await rig.end()
    }

    @Test func `may be named for all jobs, and is no reason not to scrape`() async throws {
        let directory = TemporaryDirectory()
        let text = """
            global: {scrape_failure_log_file: g.log}
            scrape_configs: [{job_name: a}, {job_name: b, scrape_failure_log_file: b.log}]
            """
        let configuration = try Configuration.parse(text, path: "\(directory.path)/p.yml")
        #expect(configuration.jobs.map(\.failureLogFile) == ["g.log", "b.log"].map { "\(directory.path)/\($0)" })
        #expect(configuration.yaml.contains("scrape_failure_log_file: \(directory.path)/b.log"))
        let rig = try await StoreRig(pages: ["a 1\n"])
        try await rig.apply("scrape_failure_log_file: /nonexistent/folder/f.log")
        await rig.scrape()
        #expect(try rig.values("a") == ["1.0"])
        await rig.end()
    }
}

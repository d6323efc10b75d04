import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBConfiguration
import KTSDBScrape
import KTSDBServer
import Testing

/// A section as a feature declares it.
private struct JournalSettings: SettingsSection {
    static let key = "journal"
    var limit = 7
    var paths: [String] = []

    init() {}

    init(taking section: inout YAMLSection) throws(ConfigurationError) {
        if let value = section.take("limit") { limit = try value.count() }
        paths = try section.take("paths")?.strings() ?? []
    }
}

@Suite struct `ktsdb's own settings` {
    private static let rows = [SettingsSections.Row(JournalSettings.self)]

    /// Runs `body` with a directory, which is removed again.
    private static func inDirectory(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ktsdb-settings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory)
    }

    private static func write(_ text: String, to file: URL) throws {
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    @Test(arguments: ["", "{}", "# nothing\n", "journal:\n", "journal: {}\n"])
    func `an empty file says nothing`(text: String) async throws {
        try await Self.inDirectory { directory in
            let file = directory.appending(path: "ktsdb.yml")
            try Self.write(text, to: file)
            #expect(try Settings.load(path: file.path, sections: Self.rows)[JournalSettings.self].limit == 7)
        }
    }

    @Test func `no file is needed, and a file that is named must be there`() throws {
        #expect(try Settings.load(path: "")[JournalSettings.self].limit == 7)
        #expect(throws: ConfigurationError.self) { try Settings.load(path: "/no/such.yml") }
    }

    @Test func `a section has what the file says`() async throws {
        try await Self.inDirectory { directory in
            let file = directory.appending(path: "ktsdb.yml")
            try Self.write("journal: {limit: 9, paths: [a, b]}\n", to: file)
            let journal = try Settings.load(path: file.path, sections: Self.rows)[JournalSettings.self]
            #expect(journal.limit == 9 && journal.paths == ["a", "b"])
        }
    }

    @Test(arguments: [
        ("\njournl: {}\n", 2, "field journl not found in the settings of ktsdb; did you mean journal?"),
        ("other: {}\n", 1, "field other not found in the settings of ktsdb"),
        ("journal:\n  limit: 1\n  path: [a]\n", 3, "field path not found in journal; did you mean paths?"),
        ("journal:\n  limit: x\n", 2, "expected a whole number of 0 or more, without quotes, found \"x\""),
        ("journal: 5\n", 1, "expected a mapping, found \"5\""), ("- a\n", 1, "expected a mapping, found a list"),
    ])
    func `what does not exist is refused with its place and the nearest name`(
        text: String, line: Int, reason: String
    ) async throws {
        try await Self.inDirectory { directory in
            let file = directory.appending(path: "ktsdb.yml")
            try Self.write(text, to: file)
            #expect(throws: ConfigurationError(file: file.path, line: line, reason: reason)) {
                try Settings.load(path: file.path, sections: Self.rows)
            }
        }
    }

    @Test(arguments: [
        ("storage", "storge"), ("storage", "STORAGE"), ("storage", "tsorage"), ("url", "uri"), ("limit", "limits"),
    ])
    func `names are near that differ by a letter or two`(name: String, written: String) {
        #expect(NearestName.of(written, in: ["other", name, "rest"]) == name)
    }

    @Test(arguments: ["", "x", "colour", "stretcher"])
    func `other names are not near`(written: String) {
        #expect(NearestName.of(written, in: ["storage", "limit", "journal"]) == nil)
    }

    @Test func `a reload takes both files or none`() async throws {
        try await Self.inDirectory { directory in
            let configuration = directory.appending(path: "prometheus.yml"), own = directory.appending(path: "k.yml")
            try Self.write("", to: configuration)
            try Self.write("journal: {limit: 1}", to: own)
            try await TestServer.run(
                options: {
                    $0.configurationFile = configuration.path
                    $0.settingsFile = own.path
                    $0.enablesLifecycle = true
                }, sections: Self.rows
            ) { server in
                #expect(try await server.post("/-/reload").status == .ok)
                #expect(server.state.settings[JournalSettings.self].limit == 1)

                try Self.write("journal: {limits: 2}", to: own)
                try Self.write("scrape_configs: [{job_name: new}]", to: configuration)
                let answer = try await server.post("/-/reload")
                #expect(answer.status == .internalServerError)
                #expect(answer.text.contains("k.yml:1: field limits not found in journal; did you mean limit?"))
                #expect(server.state.settings[JournalSettings.self].limit == 1)
                #expect(try await !server.get("/api/v1/status/config").text.contains("job_name"))
                #expect(try await server.get("/metrics").text.contains("last_reload_successful 0\n"))

                try Self.write("journal: {limit: 2}", to: own)
                #expect(try await server.post("/-/reload").status == .ok)
                #expect(server.state.settings[JournalSettings.self].limit == 2)
                #expect(try await server.get("/api/v1/status/config").text.contains("job_name: new"))

                // A bad configuration keeps good settings away, too.
                try Self.write("journal: {limit: 3}", to: own)
                try Self.write("scrape_config: []", to: configuration)
                let refused = try await server.post("/-/reload")
                #expect(refused.text.contains("did you mean scrape_configs?"))
                #expect(server.state.settings[JournalSettings.self].limit == 2)
            }
        }
    }
}

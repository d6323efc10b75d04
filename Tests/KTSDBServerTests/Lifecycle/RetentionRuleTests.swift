import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBConfiguration
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import Testing

@Suite struct `Retention rules in ktsdb's own settings` {
    private static func load(_ text: String) throws -> RetentionRules {
        try SettingsText.load(text)[RetentionRuleSettings.self].rules
    }

    @Test func `are read in their order`() throws {
        let rules = try Self.load(
            """
            retention_rules:
            - name: debug
              matchers: ['{__name__=~"debug_.+"}', 'up{job="test"}']
              keep: 3d
            - {name: audit, matchers: ['{job="audit"}'], keep: 5y}
            """)
        #expect(rules.all.map(\.name) == ["debug", "audit"] && rules.all.map(\.matchers.count) == [2, 1])
        #expect(rules.all.map(\.keep) == [.seconds(3 * 86_400), .seconds(5 * 365 * 86_400)])
        #expect(try Self.load("retention_rules: \(rules.json)") == rules)
        #expect(try Self.load("retention_rules:\n") == .none && Self.load("{}") == .none)
    }

    @Test(arguments: [
        ("retention_rules: {name: a}", "expected a list"),
        ("retention_rules: [{matchers: [up], keep: 1d}]", "name: the rule's name is missing"),
        ("retention_rules: [{name: a, keep: 1d}]", "matchers: the list of selectors is missing"),
        ("retention_rules: [{name: a, matchers: [up]}]", "keep: how long"),
        ("retention_rules: [{name: a, matchers: ['up{'], keep: 1d}]", "matchers: "),
        ("retention_rules: [{name: a, matchers: [up], keep: soon}]", "not a valid duration"),
        ("retention_rules: [{name: a, matchers: [up], keep: 0}]", "less than a millisecond"),
        ("retention_rules: [{name: a, matchers: [], keep: 1d}]", "has no matchers"),
        ("retention_rules: [{name: a, matchers: [up], keep: 1d, kep: 2d}]", "field kep not found"),
        ("retention_rules: [{name: a, matchers: [up], keep: 1d}, {name: a, matchers: [up], keep: 1d}]", "are called"),
    ])
    func `are refused with the line`(text: String, reason: String) throws {
        SettingsText.expectRefusal(text, reason)
    }
}

@Suite struct `Retention over HTTP` {
    @Test func `rules are reloaded, and a preview says what they would remove`() async throws {
        let directory = TemporaryDirectory(), file = directory.path + "/ktsdb.yml"
        try "{}".write(toFile: file, atomically: true, encoding: .utf8)
        try await TestServer.run(
            options: {
                $0.settingsFile = file
                $0.configurationFile = ""
                $0.enablesAdminAPI = true
            }, database: .inMemory()
        ) { server in
            let now = Timestamp.now.milliseconds / 1000
            for name in ["debug", "other"] {
                try server.store(["__name__": name], [(now - 4 * 86_400, 1), (now - 2 * 86_400, 1), (now - 5, 2)])
            }
            try server.database.seal()
            let rules = #"[{"name": "debug", "matchers": ["debug"], "keep": "3d"}]"#
            let form = "rules=" + rules.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
            let preview = try await server.post("/api/v1/admin/tsdb/retention/preview", form: form)
            #expect(preview.status == .ok, "\(preview.text)")
            #expect(preview.text.contains(#""rule":"debug","keep":"3d""#), "\(preview.text)")
            #expect(preview.text.contains(#""removed":{"series":1,"samples":1,"#), "\(preview.text)")
            let text = try await server.get(
                "/api/v1/admin/tsdb/retention/preview?time=3d&size=10GB", headers: [.accept: "text/plain"])
            #expect(text.text.hasPrefix("all series (2 series, keeps 3d): 2 samples of 2 series in "), "\(text.text)")
            #expect(text.text.contains("limit 10GiB): nothing is removed\n"), "\(text.text)")
            for (query, reason) in [
                ("time=x", "not a valid duration"), ("size=x", "not a valid size"),
                ("percentage=101", "not a number from 0 to 100"), ("rules=%5B1%5D", "rules"),
            ] {
                let refused = try await server.get("/api/v1/admin/tsdb/retention/preview?\(query)")
                #expect(refused.status == .badRequest && refused.text.contains(reason), "\(refused.text)")
            }
            func count(_ name: String) async throws -> String {
                try await server.get("/api/v1/query?query=count_over_time(\(name)[10d])&time=\(now)").text
            }
            #expect(try await count("debug").contains(#","3"]"#))
            try "retention_rules: \(rules)".write(toFile: file, atomically: true, encoding: .utf8)
            try await server.reload()
            #expect(try await count("debug").contains(#","2"]"#))
            #expect(try await count("other").contains(#","3"]"#))
            let page = try await server.get("/metrics").text
            #expect(page.contains("ktsdb_retention_rules 1\n"))
            try "{}".write(toFile: file, atomically: true, encoding: .utf8)
            try await server.reload()
            #expect(try await count("debug").contains(#","3"]"#))
        }
    }

    @Test func `the preview needs the admin API`() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/api/v1/admin/tsdb/retention/preview")
            #expect(answer.text.contains("admin APIs disabled"))
        }
    }
}

@Suite(.serialized) struct `The command that previews retention` {
    @Test func `works on a directory`() async throws {
        let directory = TemporaryDirectory(), data = directory.path + "/data"
        defer { withExtendedLifetime(directory) {} }
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = try Database(path: data, configuration: configuration)
        try database.append { batch in
            for day in 1...10 as ClosedRange<Int64> {
                let time = Timestamp(milliseconds: day * 86_400_000)
                for name in ["a", "b"] { batch.append(Double(day), at: time, to: ["__name__": name]) }
            }
        }
        try database.close()
        let file = directory.path + "/ktsdb.yml"
        try "retention_rules: [{name: short, matchers: [a], keep: 2d}]".write(
            toFile: file, atomically: true, encoding: .utf8)
        func run(_ arguments: String...) async throws -> (status: Int32, output: String) {
            let answer = try await ServerProcess.run(["tsdb", "retention"] + arguments)
            return (answer.0, answer.1)
        }
        let found = try await run("--data", data, "--time", "5d", "--ktsdb.config.file", file)
        #expect(found.status == 0, "\(found.output)")
        let lines = found.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("rule short (1 series, keeps 2d): 7 samples of 1 series in "))
        #expect(lines[1].hasPrefix("other series (1 series, keeps 5d): 4 samples of 1 series in "), "\(found.output)")
        let json = try await run("--data", data, "--json", "--size", "1GB")
        #expect(json.status == 0 && json.output.hasPrefix(#"{"classes":[{"keep":"","series":2,"#), "\(json.output)")
        for arguments in [
            [], ["--data", data, "--server", "http://x"], ["--data", data, "--size", "big"],
            ["--data", data + "-none"], ["--data", data, "--ktsdb.config.file", "/no/such.yml"],
        ] as [[String]] {
            let answer = try await ServerProcess.run(["tsdb", "retention"] + arguments)
            #expect(answer.0 == 1, "\(answer.1)")
        }
    }
}

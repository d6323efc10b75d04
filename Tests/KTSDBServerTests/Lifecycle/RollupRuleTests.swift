import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBConfiguration
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import Testing

@Suite struct `Rollup rules in ktsdb's own settings` {
    private static func load(_ text: String) throws -> RollupRules {
        try SettingsText.load(text)[RollupRuleSettings.self].rules
    }

    @Test func `are read in their order`() throws {
        let rules = try Self.load(
            """
            rollup_rules:
            - name: minutes
              matchers: ['{__name__=~"node_.+"}', 'up{job="test"}']
              interval: 5m
              aggregates: [max, counter]
              keep: 1y
            - {name: hours, matchers: ['{job="node"}'], interval: 1h}
            """)
        #expect(rules.all.map(\.name) == ["minutes", "hours"] && rules.all.map(\.matchers.count) == [2, 1])
        #expect(rules.all.map(\.interval) == [.seconds(300), .seconds(3600)])
        #expect(rules.all.map(\.keep) == [.seconds(365 * 86_400), nil])
        #expect(rules.all.map(\.aggregates) == [[.max, .counter], [.count, .sum, .min, .max, .last]])
        #expect(try Self.load("rollup_rules:\n") == .none && Self.load("{}") == .none)
    }

    @Test(arguments: [
        ("rollup_rules: {name: a}", "expected a list"),
        ("rollup_rules: [{matchers: [up], interval: 5m}]", "name: the rule's name is missing"),
        ("rollup_rules: [{name: a, interval: 5m}]", "matchers: the list of selectors is missing"),
        ("rollup_rules: [{name: a, matchers: [up]}]", "interval: the length"),
        ("rollup_rules: [{name: a, matchers: ['up{'], interval: 5m}]", "matchers: "),
        ("rollup_rules: [{name: a, matchers: [up], interval: soon}]", "not a valid duration"),
        ("rollup_rules: [{name: a, matchers: [up], interval: 1s}]", "from 10 seconds to a day"),
        ("rollup_rules: [{name: a, matchers: [], interval: 5m}]", "has no matchers"),
        ("rollup_rules: [{name: a, matchers: [up], interval: 5m, aggregates: [mean]}]", "\"mean\" is none of count"),
        ("rollup_rules: [{name: a, matchers: [up], interval: 5m, aggregates: []}]", "keeps no aggregates"),
        ("rollup_rules: [{name: a, matchers: [up], interval: 5m, keep: 1m}]", "less than one interval"),
        ("rollup_rules: [{name: a, matchers: [up], interval: 5m, kep: 2d}]", "field kep not found"),
        (
            "rollup_rules: [{name: a, matchers: [up], interval: 5m}, {name: a, matchers: [up], interval: 1h}]",
            "are called"
        ),
    ])
    func `are refused with the line`(text: String, reason: String) throws {
        SettingsText.expectRefusal(text, reason)
    }
}

@Suite struct `Rollups over HTTP` {
    @Test func `are reloaded, used where a request says so, and reported`() async throws {
        let directory = TemporaryDirectory(), file = directory.path + "/ktsdb.yml"
        try "{}".write(toFile: file, atomically: true, encoding: .utf8)
        try await TestServer.run(
            options: {
                $0.settingsFile = file
                $0.configurationFile = ""
                $0.enablesLifecycle = true
            }, database: .inMemory()
        ) { server in
            let end = Timestamp.now.milliseconds / 60_000 * 60 - 60
            try server.store(
                ["__name__": "m_total"], (0..<240).map { (end - 3600 + 15 + Int64($0) * 15, Double($0)) })
            try server.database.seal()
            #expect(try await server.get("/api/v1/status/rollups").text.contains(#""rules":[]"#))
            try """
            rollup_rules: [{name: minutes, matchers: [m_total], interval: 1m, aggregates: [max, counter], keep: 30d}]
            """.write(toFile: file, atomically: true, encoding: .utf8)
            try await server.reload()
            try server.database.rollUp()
            let status = try await server.get("/api/v1/status/rollups").text
            #expect(
                status.contains(#"{"name":"minutes","interval":"1m","keep":"30d","complete":true,"waitingBlocks":0}"#),
                "\(status)")
            func read(_ query: String, _ more: String = "") async throws -> String {
                let text = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
                return try await server.get("/api/v1/query?query=\(text)&time=\(end)&stats=true\(more)").text
            }
            let exact = try await read("max_over_time(m_total[30m])")
            #expect(exact.contains(#""239"]"#) && exact.contains(#""totalQueryableSamples":30"#), "\(exact)")
            let off = try await read("max_over_time(m_total[30m])", "&rollups=off")
            #expect(off.contains(#""239"]"#) && off.contains(#""totalQueryableSamples":120"#), "\(off)")
            #expect(try await !read("rate(m_total[30m])").contains("rollups"))
            #expect(try await read("rate(m_total[30m])", "&rollups=allow").contains("rollups of 60s were used"))
            let refused = try await server.get("/api/v1/query?query=up&rollups=maybe")
            #expect(refused.status == .badRequest && refused.text.contains("exact, allow or off"), "\(refused.text)")
        }
        withExtendedLifetime(directory) {}
    }
}

import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBConfiguration
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import Testing

@Suite struct `Limits on series in ktsdb's settings` {
    private static func settings(_ text: String) throws -> SeriesLimitSettings {
        let directory = TemporaryDirectory(), file = directory.path + "/ktsdb.yml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { withExtendedLifetime(directory) {} }
        return try Settings.load(path: file)[SeriesLimitSettings.self]
    }

    @Test func `are read, and series are counted by job in any case`() throws {
        let settings = try Self.settings(
            """
            series_limits:
              rules:
              - {name: pods, by: [namespace, pod], matching: {job: batch}, in_memory: 500}
              - {name: new, per_day: 100000}
            """)
        #expect(
            settings.rules == [
                SeriesLimit("pods", by: ["namespace", "pod"], matching: ["job": "batch"], inMemory: 500),
                SeriesLimit("new", perDay: 100_000),
            ])
        #expect(settings.effective.map(\.name) == ["pods", "new", "series by job"])
        #expect(SeriesLimitSettings().effective == [SeriesLimit("series by job", by: ["job"])])
        let own = try Self.settings("series_limits: {rules: [{name: j, by: [job], in_memory: 1}]}\n")
        #expect(own.effective == [SeriesLimit("j", by: ["job"], inMemory: 1)])
    }

    @Test(arguments: [
        ("{by: [job], in_memory: 1}", "name: the rule's name is missing"), ("{name: '', in_memory: 1}", "is empty"),
        ("{name: a}", "limits nothing: in_memory and per_day are missing"),
        ("{name: a, in_memory: -1}", "found \"-1\""),
        ("{name: a, in_memory: x}", "found \"x\""),
        ("{name: a, per_day: 1, by: [a, a]}", "the label \"a\" is named twice"),
        ("{name: a, per_day: 1, by: [a, b, c, d, e, f, g, h, i]}", "by: more than 8 labels"),
        ("{name: a, per_day: 1, limit: 2}", "limit"),
        ("{name: a, per_day: 1}, {name: a, per_day: 2}", "the name \"a\" is used twice"),
    ])
    func `are refused with a reason`(rules: String, reason: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.settings("series_limits:\n  rules: [\(rules)]\n")
        }
        #expect(error?.description.contains(reason) ?? false, "\(String(describing: error))")
    }

    @Test func `are shown with what they refused, and can be reloaded`() async throws {
        let directory = TemporaryDirectory(), file = directory.path + "/ktsdb.yml"
        func write(_ most: Int) throws {
            try "series_limits: {rules: [{name: j, by: [job], matching: {env: p}, in_memory: \(most)}]}\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
        }
        try write(2)
        try await TestServer.run(options: {
            $0.settingsFile = file
            $0.configurationFile = ""
        }) { server in
            try await server.reload()
            for number in 0..<3 {
                _ = try server.database.append { batch in
                    batch.append(
                        1, at: Timestamp(milliseconds: 1000),
                        to: ["__name__": "a", "env": "p", "job": "x", "n": "\(number)"])
                }
            }
            try server.store(["__name__": "a", "job": "y"], [(1, 1)])
            try await server.expectData(
                "/api/v1/status/series_limits?limit=1",
                """
                [{"name":"j","by":["job"],"matching":{"env":"p"},"inMemory":2,"groups":1,\
                "refused":{"inMemory":1,"perDay":0},"largest":[{"labels":{"job":"x"},"inMemory":2,"newToday":2}]},\
                {"name":"series by job","by":["job"],"matching":{},"groups":2,"refused":{"inMemory":0,"perDay":0},\
                "largest":[{"labels":{"job":"x"},"inMemory":2,"newToday":2}]}]
                """)
            let metrics = try await server.get("/metrics").text
            #expect(metrics.contains("ktsdb_series_limit_refused_total{limit=\"j\",limited=\"in memory\"} 1"))
            #expect(metrics.contains("ktsdb_series_limit_groups{limit=\"series by job\"} 2"))
            try await server.expectError(
                "/api/v1/status/series_limits?limit=0", .badRequest, "bad_data", "limit must be a positive number")
        }
    }
}

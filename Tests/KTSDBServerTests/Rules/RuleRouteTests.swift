import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBRules
import Testing

@testable import KTSDBServer

@Suite struct `Rules over HTTP` {
    private static let rules = """
        groups:
        - name: slow
          interval: 1m
          rules:
          - record: job:m:sum
            expr: sum by (job) (m)
        - name: api
          interval: 5s
          limit: 10
          labels: {team: core}
          rules:
          - alert: TooMuch
            expr: m>1
            for: 10s
            keep_firing_for: 1m
            labels: {severity: page}
            annotations: {summary: "{{ $value }} at {{ $externalURL }}"}
          - alert: Broken
            expr: m * on (job) group_left (x) m

        """

    /// What a template of the answer leaves open.
    private static func masked(_ text: String) -> String {
        text.replacing(/"evaluationTime":[0-9.e-]+/, with: "\"evaluationTime\":0").replacing(
            /"(activeAt|lastEvaluation|keepFiringSince)":"[^"]*"/, with: { "\"\($0.1)\":\"T\"" })
    }

    @Test func `Groups, rules and alerts have Prometheus' form`() async throws {
        try await RuledServer.run(Self.rules) { ruled in
            try await ruled.pass(30, value: 2)
            let file = ruled.directory + "/rules.yml"
            let alert =
                #"{"labels":{"alertname":"TooMuch","job":"api","severity":"page","team":"core"},"#
                + #""annotations":{"summary":"2 at http://prometheus.example/prom"},"state":"firing","#
                + #""activeAt":"T","value":"2e+00"}"#
            let group =
                #"{"name":"api","file":"\#(file)","interval":5,"limit":10,"evaluationTime":0,"lastEvaluation":"T","rules":[{"#
                + #""state":"firing","name":"TooMuch","query":"m \u003e 1","duration":10,"keepFiringFor":60,"#
                + #""labels":{"severity":"page","team":"core"},"#
                + #""annotations":{"summary":"{{ $value }} at {{ $externalURL }}"},"alerts":[\#(alert)],"#
                + #""health":"ok","evaluationTime":0,"lastEvaluation":"T","type":"alerting"}]}"#
            let answer = Self.masked(try await ruled.text("/api/v1/rules?rule_name%5B%5D=TooMuch"))
            #expect(
                answer.replacing("\\u003e", with: ">")
                    == #"{"status":"success","data":{"groups":[\#(group)]}}"#.replacing("\\u003e", with: ">"))
            let alerts = Self.masked(try await ruled.text("/api/v1/alerts"))
            #expect(alerts.hasPrefix(#"{"status":"success","data":{"alerts":[{"#) && alerts.contains(alert))
            try await ruled.pass(10, value: 1)
            #expect(try await ruled.text("/api/v1/alerts").contains(#""keepFiringSince":""#))
        }
    }

    @Test func `Filters and pages show parts`() async throws {
        try await RuledServer.run(Self.rules) { ruled in
            func names(_ query: String) async throws -> [String] {
                let text = try await ruled.text("/api/v1/rules?" + query)
                return text.matches(of: /"name":"([^"]*)"/).map { String($0.1) }
            }
            #expect(try await names("") == ["api", "TooMuch", "Broken", "slow", "job:m:sum"])
            #expect(try await names("type=record") == ["slow", "job:m:sum"])
            #expect(try await names("type=ALERT&rule_group%5B%5D=slow") == [])
            #expect(try await names("file%5B%5D=x") == [])
            #expect(try await names("match%5B%5D=%7Bseverity=%22page%22%7D") == ["api", "TooMuch"])
            #expect(try await names("group_limit=1") == ["api", "TooMuch", "Broken"])
            let first = try await ruled.text("/api/v1/rules?group_limit=1")
            let token = String(try #require(first.firstMatch(of: /"groupNextToken":"([0-9a-f]{64})"/)).1)
            #expect(try await names("group_limit=1&group_next_token=\(token)") == ["slow", "job:m:sum"])
            let excluded = try await ruled.text("/api/v1/rules?exclude_alerts=1&rule_name%5B%5D=TooMuch")
            #expect(excluded.contains(#""alerts":null"#))
            #expect(excluded.contains(#""state":"unknown""#))
            #expect(excluded.contains(#""lastEvaluation":"0001-01-01T00:00:00Z""#))
        }
    }

    @Test(arguments: [
        ("group_limit=0", #"invalid parameter "group_limit": group_limit needs to be greater than 0"#),
        (
            "group_limit=x",
            #"invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "x": invalid syntax"#
        ),
        (
            "group_limit=1&group_next_token=x",
            #"invalid parameter "group_next_token": invalid group_next_token 'x'. were rule groups changed?"#
        ),
        (
            "exclude_alerts=x",
            #"invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "x": invalid syntax"#
        ),
    ])
    func `What makes no sense is bad data`(query: String, message: String) async throws {
        try await RuledServer.run(Self.rules) {
            try await $0.server.expectError("/api/v1/rules?" + query, .badRequest, "bad_data", message)
        }
    }

    @Test func `A reload keeps alerts, and a wrong file changes nothing`() async throws {
        try await RuledServer.run(Self.rules) { ruled in
            try await ruled.pass(30, value: 2)
            let file = ruled.directory + "/rules.yml"
            let changed = Self.rules.replacing("severity: page", with: "severity: page").replacing("m>1", with: "m > 0")
            try changed.write(toFile: file, atomically: true, encoding: .utf8)
            try await ruled.server.reload()
            #expect(try await ruled.text("/api/v1/alerts").contains(#""state":"firing""#))
            #expect(try await ruled.text("/api/v1/notifications") == #"{"status":"success","data":[]}"#)
            try "groups: [{name: g, rules: [{alert: A, expr: 'm ='}]}]".write(
                toFile: file, atomically: true, encoding: .utf8)
            await #expect(throws: (any Error).self) { try await ruled.server.reload() }
            #expect(try await ruled.text("/api/v1/rules").contains(#""name":"TooMuch""#))
            let notices = try await ruled.text("/api/v1/notifications")
            #expect(notices.contains(#"{"text":"Configuration reload has failed.","date":""#))
            #expect(notices.contains(#""active":true}"#))
        }
    }

    @Test func `A rule that fails says why`() async throws {
        try await RuledServer.run(Self.rules) { ruled in
            _ = try ruled.server.database.append { batch in
                for x in ["1", "2"] {
                    batch.append(1, at: ruled.clock.now, to: ["__name__": "m", "job": "api", "x": x])
                }
            }
            try await ruled.pass(10, value: nil)
            let text = try await ruled.text("/api/v1/rules?rule_name%5B%5D=Broken")
            #expect(text.contains(#""health":"err","lastError":"found duplicate series for the match group"#))
        }
    }
}

import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBServer

@Suite struct `Back-tests, explanations and backfills over HTTP` {
    private static let rules = """
        groups:
        - name: api
          interval: 5s
          rules:
          - record: job:m:sum
            expr: sum by (job) (m)
          - alert: TooMuch
            expr: m > 5
            for: 20s
            labels: {severity: page}
            annotations: {summary: "{{ $value }}"}

        """

    @Test func `a rule of the server and an expression can be tried`() async throws {
        try await RuledServer.run(Self.rules) { ruled in
            let begin = ruled.clock.now
            try await ruled.pass(60, value: 9)
            try await ruled.pass(30, value: 1)
            let range = "start=\(Double(begin.milliseconds) / 1000)&end=\(Double(ruled.clock.now.milliseconds) / 1000)"
            let one = try await ruled.server.get("/api/v1/rules/backtest?rule=TooMuch&\(range)")
            #expect(
                one.status == .ok && one.text.contains("\"rule\":\"TooMuch\",\"query\":\"m \\u003e 5\"")
                    || one.text.contains("m > 5"), "\(one.text)")
            #expect(one.text.contains("\"for\":20,\"threshold\":null"))
            #expect(one.text.contains("\"fired\":1"))
            let two = try await ruled.server.post(
                "/api/v1/rules/backtest", form: "rule=TooMuch&for=10s&for=2m&threshold=3&threshold=20&\(range)")
            #expect(two.text.components(separatedBy: "\"evaluations\":").count == 5)
            let text = try await ruled.server.get(
                "/api/v1/rules/backtest?query=m%20%3E%205&interval=5s&\(range)", headers: [.accept: "text/plain"])
            #expect(text.text.hasPrefix("backtest: m > 5\n"), "\(text.text)")
        }
    }

    @Test(arguments: [
        ("rule=TooMush", HTTPResponse.Status.notFound, "did you mean \\\"TooMuch\\\"?"),
        ("rule=job:m:sum", .notFound, "it is a recording rule"),
        ("rule=TooMuch&group=nosuch", .notFound, "in this group and file"),
        ("", .badRequest, "give rule"), ("query=m%20%3E", .badRequest, "parse error"),
        ("query=m&for=x", .badRequest, "for"), ("query=m&threshold=x", .badRequest, "threshold"),
        ("query=m&threshold=1", .unprocessableContent, "no threshold to try"),
        ("query=m&start=5&end=1", .badRequest, "end timestamp"),
        ("query=m&start=0&end=1e9&step=1ms", .unprocessableContent, "more than the limit"),
        ("query=m%3E1" + String(repeating: "&for=1s", count: 17), .badRequest, "at most 16"),
        ("query=m&interval=-1s", .badRequest, "interval"),
    ]) func `what is wrong is said`(form: String, status: HTTPResponse.Status, text: String) async throws {
        try await RuledServer.run(Self.rules) { ruled in
            let response = try await ruled.server.post("/api/v1/rules/backtest", form: form)
            #expect(response.status == status && response.text.contains(text), "\(response.text)")
        }
    }

    @Test func `a rule that does not fire is explained`() async throws {
        try await RuledServer.run(Self.rules) { ruled in
            try await ruled.pass(40, value: 2)
            let idle = try await ruled.server.get("/api/v1/alerting/explain?rule=TooMuch")
            #expect(idle.status == .ok && idle.text.contains("it is 2"), "\(idle.text)")
            #expect(idle.text.contains("\"state\":\"inactive\"") && idle.text.contains("\"notifications\":[]"))
            try await ruled.pass(11, value: 9)
            let pending = try await ruled.server.get(
                "/api/v1/alerting/explain?rule=TooMuch&labels=%7Bjob%3D%22api%22%7D", headers: [.accept: "text/plain"])
            #expect(pending.text.hasPrefix("TooMuch: 1 pending at "), "\(pending.text)")
            #expect(pending.text.contains("it fires at"))
            let other = try await ruled.server.get("/api/v1/alerting/explain?rule=TooMuch&labels=%7Bjob%3D%22x%22%7D")
            #expect(other.text.contains("\"alerts\":[]"))
            let past = ruled.clock.now.milliseconds / 1000 - 15
            let before = try await ruled.server.get("/api/v1/alerting/explain?rule=TooMuch&time=\(past)")
            #expect(before.text.contains("it is 2"), "\(before.text)")
            for (query, status) in [
                ("rule=job:m:sum", 404), ("rule=x", 404), ("rule=TooMuch&labels=%7Ba!%3D%22b%22%7D", 400),
            ] {
                #expect(try await ruled.server.get("/api/v1/alerting/explain?\(query)").status.code == status)
            }
        }
    }

    @Test func `an explanation follows alerts to the receivers of the notifier in this process`() async throws {
        let directory = TemporaryDirectory()
        let configuration = """
            route: {receiver: all, routes: [{matchers: ['severity="page"'], receiver: pager}]}
            receivers:
            - name: all
            - name: pager
              webhook_configs: [{url: 'http://127.0.0.1:1/'}]

            """
        try configuration.write(toFile: directory.path + "/am.yml", atomically: true, encoding: .utf8)
        try await RuledServer.run(
            Self.rules, configuration: "global: {external_labels: {site: here}}",
            options: { $0.alertmanager.configurationFile = directory.path + "/am.yml" }
        ) { ruled in
            try await ruled.pass(40, value: 9)
            let text = try await ruled.server.get(
                "/api/v1/alerting/explain?rule=TooMuch", headers: [.accept: "text/plain"]
            ).text
            #expect(text.contains("{alertname=\"TooMuch\", job=\"api\", severity=\"page\", site=\"here\"}"), "\(text)")
            #expect(text.contains("route {}/{severity=\"page\"} → pager"), "\(text)")
            #expect(text.contains("pager/webhook[0]: next notification at"), "\(text)")
            let json = try await ruled.text("/api/v1/alerting/explain?rule=TooMuch")
            #expect(json.contains("\"receiver\":\"pager\"") && json.contains("\"nextNotification\":"), "\(json)")
        }
        withExtendedLifetime(directory) {}
    }

    @Test func `a recording rule is recorded for the past`() async throws {
        try await RuledServer.run(Self.rules, options: { $0.enablesAdminAPI = true }) { ruled in
            let begin = ruled.clock.now.milliseconds / 1000 - 7 * 86_400
            try ruled.server.store(["__name__": "m", "job": "old"], [(begin, 5), (begin + 60, 6)])
            try await ruled.pass(20, value: 1)
            let answer = try await ruled.server.post(
                "/api/v1/rules/backfill", form: "rule=job:m:sum&start=\(begin)&end=\(begin + 100)&interval=10s")
            #expect(answer.status == .ok && answer.text.contains("\"samples\":11"), "\(answer.text)")
            let value = try await ruled.text("/api/v1/query?query=job:m:sum&time=\(begin + 70)")
            #expect(value.contains("\"6\""), "\(value)")
            let missing = try await ruled.server.post("/api/v1/rules/backfill", form: "rule=x&start=\(begin)")
            #expect(missing.status == .notFound)
            #expect(try await ruled.server.post("/api/v1/rules/backfill", form: "rule=x").status == .badRequest)
        }
        try await RuledServer.run(Self.rules) { ruled in
            let refused = try await ruled.server.post("/api/v1/rules/backfill", form: "start=0")
            #expect(refused.text.contains("admin APIs disabled"))
        }
    }
}

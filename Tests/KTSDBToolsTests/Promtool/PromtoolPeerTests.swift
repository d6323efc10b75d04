import Foundation
import KTSDBTesting
import KTSDBTools
import ProcessTesting
import Testing

/// The packaged promtool 2.42 and ours, with the same files.
@Suite(.serialized) struct PromtoolPeerTests {
    private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    /// Its absence is a failure where peers are required, else a skip that shows.
    private static let isRequired = ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] != nil

    private static let rules = """
        groups:
          - name: g
            rules:
              - {alert: A, expr: up == 0, for: 2m, annotations: {s: '{{ $value }}'}}
              - {record: b, expr: sum(up)}

        """

    struct Case: Sendable, CustomTestStringConvertible {
        var line: String
        var files: [String: String] = [:]
        var input = ""
        var testDescription: String { line + " " + files.keys.sorted().joined(separator: ",") }
    }

    private static func configuration(_ text: String, _ flags: String = "") -> Case {
        Case(line: "check config \(flags) p.yml", files: ["p.yml": text, "r.yml": rules, "bad.yml": "groups: [{}]\n"])
    }
    private static func discovery(_ job: String) -> Case {
        let text = """
            scrape_configs:
            - job_name: a
              static_configs: [{targets: ['a:1', 'b:2', 'a:1'], labels: {x: '<é>', __meta_y: z}}]
              relabel_configs: [{source_labels: [__address__], regex: 'b:.*', action: drop}]
              params: {p: ['1 2']}
            - {job_name: b, static_configs: [{targets: []}]}

            """
        return Case(line: "check service-discovery p.yml \(job) --timeout=500ms", files: ["p.yml": text])
    }
    private static func test(_ text: String) -> Case {
        Case(line: "test rules t.yml", files: ["t.yml": "rule_files: [r.yml]\ntests:\n" + text, "r.yml": rules])
    }

    private static func web(_ text: String) -> Case {
        Case(line: "check web-config w.yml", files: ["w.yml": text, "empty.pem": "", "c.pem": certificate])
    }
    /// Looks like a certificate to those who only look at the blocks.
    private static let certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    private static let hash = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"

    static let cases: [Case] = [
        web(""), web("basic_auth_users:\n  a: \(hash)\n"), web("basic_auth_users:\n  a: b\n"),
        web("basic_auth_users:\n  a: \(hash.replacing("10", with: "99"))\n"), web("a: [\n"),
        web("http_server_config:\n  headers:\n    X-Foo: 1\n"), web("http_server_config:\n  http2: x\n"),
        web("http_server_config:\n  headers:\n    X-Frame-Options: x\n"),
        web("http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-XSS-Protection: 0\n"),
        web("tls_server_config:\n  certfile: c.pem\nfoo: 1\nhttp_server_config:\n  bar: 1\n"),
        web("tls_server_config:\n  cert_file: c.pem\n"), web("tls_server_config:\n  key_file: c.pem\n"),
        web("tls_server_config:\n  cert_file: no.pem\n  key_file: c.pem\n"),
        web("tls_server_config:\n  cert_file: empty.pem\n  key_file: c.pem\n"),
        web("tls_server_config:\n  cert_file: c.pem\n  key_file: no.pem\n"),
        web("tls_server_config:\n  min_version: TLS09\n"), web("tls_server_config:\n  cipher_suites: [FOO]\n"),
        web("tls_server_config:\n  curve_preferences: [FOO]\n"), web("tls_server_config:\n  min_version: TLS12\n"),
        Case(line: "check web-config"), Case(line: "check web-config nosuch.yml"),
        Case(line: "check rules r.yml", files: ["r.yml": rules]),
        Case(
            line: "check rules a.yml b.yml",
            files: ["a.yml": "groups: [{name: a, rules: [{alert: x}]}]\n", "b.yml": "groups: 5\n"]),
        Case(
            line: "check rules --lint-fatal a.yml",
            files: ["a.yml": "groups: [{name: a, rules: [{record: x, expr: '1'}, {record: x, expr: '1'}]}]\n"]),
        Case(
            line: "check rules a.yml",
            files: ["a.yml": "groups:\n- name: a\n  rules:\n  - record: x\n    expr: [1]\n    for: soon\n"]),
        Case(line: "check rules a.yml", files: ["a.yml": "groups: [\n"]),
        Case(line: "check rules a.yml", files: ["a.yml": "groups:\n  - name: a\n   rules: []\n"]),
        Case(line: "check rules a.yml", files: ["a.yml": "groups: []\ngroups: []\n"]),
        configuration("rule_files: [r.yml]\n"), configuration("rule_files: [r.yml, bad.yml]\n"),
        configuration("rule_files: [nosuch.yml]\n"), configuration("rule_files: [nosuch.yml]\n", "--syntax-only"),
        configuration("rule_files: [a/*/b.yml]\n"), configuration("not-prometheus:\n"), configuration("a: [\n"),
        configuration("scrape_configs: [5]\n"), configuration("global: {scrape_interval: soon}\n"),
        configuration("scrape_configs: [{job_name: a, relabel_configs: [{action: foo}]}]\n"),
        configuration("scrape_configs: [{job_name: a, relabel_configs: [{regex: '(', target_label: a}]}]\n"),
        configuration("scrape_configs: [{job_name: a, relabel_configs: [null]}]\n"),
        configuration("scrape_configs: [{job_name: a, basic_auth: {x: 1}, tls_config: {y: 2}}]\n"),
        configuration("scrape_configs: [{job_name: a, authorization: {x: 1}}]\n"),
        configuration("scrape_configs: [{job_name: a, tls_config: {cert_file: x}}]\n"),
        configuration("scrape_configs: [{job_name: a, tls_config: {cert_file: x, key_file: y}}]\n"),
        configuration("scrape_configs: [{job_name: a, file_sd_configs: [{files: [nosuch.yml]}]}]\n"),
        configuration("scrape_configs: [{job_name: a, file_sd_configs: [{files: []}]}]\n"),
        configuration("scrape_configs: [{job_name: a, static_configs: [{targets: ['http://b/c']}]}]\n"),
        configuration("scrape_configs: [{job_name: a}, {job_name: a}]\n"), configuration("scrape_configs: [{}]\n"),
        configuration("alerting: {alertmanagers: [{x: 1}]}\n"), configuration("storage: {x: 1}\n"),
        test("- {name: a, alert_rule_test: [{eval_time: 1m, alertname: A, exp_alerts: [{exp_labels: {b: c}}]}]}\n"),
        test("- {input_series: [{series: up, values: '0x9'}], alert_rule_test: [{eval_time: 3m, alertname: A}]}\n"),
        test("- {input_series: [{series: up, values: '0x9'}], promql_expr_test: [{expr: b, eval_time: 1m}]}\n"),
        test("- {promql_expr_test: [{expr: 'up +'}, {expr: 'up[1m]'}]}\n"),
        test("- {input_series: [{series: 'up{', values: '1'}]}\n"), test("- {foo: 1}\n"), test("[]\n"),
        Case(line: "test rules t.yml", files: ["t.yml": "rule_files: [nosuch.yml]\ntests: []\n"]),
        Case(line: "check metrics", input: "# HELP a x\n# TYPE a counter\na 1\nfooBar_ms{leE=\"1\"} 2\n"),
        Case(
            line: "check metrics --extended",
            input: "# HELP a_total x\n# TYPE a_total counter\na_total 1\na_total{a=\"b\"} 1\n"),
        Case(line: "check metrics", input: "a{ 1\n"), Case(line: "check metrics", input: "a b\n"),
        Case(line: "check metrics", input: "a 1"),
        discovery("a"), discovery("b"), discovery("c"), Case(line: "check service-discovery nosuch.yml a"),
        Case(line: "check rules nosuch.yml"), Case(line: "check config nosuch.yml"),
        Case(line: "test rules nosuch.yml"),
    ]

    @Test(.enabled(if: isRequired || promtool != nil, "promtool is not installed"), arguments: cases)
    func `say the same`(test: Case) async throws {
        let promtool = try #require(Self.promtool)
        let scene = try Scene(test.files, input: test.input)
        var options = ToolOptions()
        options.generation = .classic
        options.program = "promtool"
        let ours = await scene.promtoolApart(test.line, options: options)
        let theirs = try await ChildProcess.run(
            promtool, test.line.split(separator: " ").map(String.init), in: scene.directory.path, input: test.input)
        #expect(ours.output == theirs.output)
        #expect(ours.errors == theirs.errors)
        #expect(ours.code == theirs.status)
    }
}

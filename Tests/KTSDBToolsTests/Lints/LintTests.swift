import KTSDBTools
import Testing

@Suite struct LintTests {
    /// A fault, and the same without it.
    struct Example: Sendable, CustomTestStringConvertible {
        var id: String
        var fault: LintInputs
        var sound: LintInputs
        var testDescription: String { id }

        /// Two rules: the text after `- `, as one mapping in braces.
        static func rules(
            _ id: String, _ fault: String, _ sound: String, _ change: (inout LintInputs) -> Void = { _ in }
        )
            -> Example
        {
            func inputs(_ rule: String) -> LintInputs {
                var inputs = LintInputs()
                inputs.ruleFiles = [("r.yml", "groups:\n  - name: g\n    interval: 1m\n    rules:\n      - \(rule)\n")]
                change(&inputs)
                return inputs
            }
            return Example(id: id, fault: inputs(fault), sound: inputs(sound))
        }

        static func notifier(
            _ id: String, _ fault: String, _ sound: String, rules: String? = nil
        ) -> Example {
            func inputs(_ text: String) -> LintInputs {
                var inputs = LintInputs()
                inputs.notifier = ("a.yml", text)
                if let rules { inputs.ruleFiles = [("r.yml", rules)] }
                return inputs
            }
            return Example(id: id, fault: inputs(fault), sound: inputs(sound))
        }

        static func configuration(_ id: String, _ fault: String, _ sound: String, rules: String? = nil) -> Example {
            func inputs(_ text: String) -> LintInputs {
                var inputs = LintInputs()
                inputs.configuration = ("p.yml", text)
                if let rules { inputs.ruleFiles = [("r.yml", rules)] }
                return inputs
            }
            return Example(id: id, fault: inputs(fault), sound: inputs(sound))
        }
    }

    private static func quantile(_ threshold: String) -> String {
        "{alert: A, expr: 'histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[5m]))) \(threshold)'}"
    }
    private static let rate = "sum(rate(x_total[5m]))", errors = "sum(rate(x_total{code=\"500\"}[5m]))"
    private static let twoAlerts = """
        groups:
        - name: g
          rules:
          - {alert: Down, expr: up == 0, labels: {severity: critical}}
          - {alert: Slow, expr: x > 1, labels: {severity: warning}}

        """
    private static func tree(_ routes: String, _ rest: String = "") -> String {
        "route:\n  receiver: a\n\(routes)\nreceivers: [{name: a, webhook_configs: [{url: 'http://x'}]}]\n\(rest)\n"
    }

    static let examples: [Example] = [
        .rules("quantile-above-buckets", quantile("> 10"), quantile("> 5")),
        .rules("quantile-above-buckets", quantile(">= 11"), quantile(">= 10")),
        .rules("threshold-between-buckets", quantile("> 0.2"), quantile("> 0.25")),
        .rules(
            "up-without-absent", "{alert: A, expr: 'up{job=\"a\"} == 0'}",
            "{alert: A, expr: 'up{job=\"a\"} == 0 or absent(up{job=\"a\"})'}"),
        .rules(
            "no-job-matcher", "{alert: A, expr: process_open_fds > 9}",
            "{alert: A, expr: 'process_open_fds{job=\"a\"} > 9'}"),
        .rules(
            "ratio-of-open", "{alert: A, expr: db_in_use / db_open > 0.9}",
            "{alert: A, expr: db_in_use / db_max_open > 0.9}"),
        .rules(
            "ratio-without-zero", "{alert: A, expr: '\(errors) / \(rate) > 0.1'}",
            "{alert: A, expr: '(\(errors) or vector(0)) / \(rate) > 0.1'}"),
        .rules(
            "division-by-zero", "{alert: A, expr: '\(errors) / \(rate) > 0.1'}",
            "{alert: A, expr: '\(errors) / \(rate) > 0.1 and \(rate) > 0'}"),
        .rules(
            "sliding-day", "{record: 'sales:today', expr: 'sum(increase(x_total[24h]))'}",
            "{record: 'sales:24h', expr: 'sum(increase(x_total[24h]))'}"),
        .rules("comparison-drops-series", "{record: a, expr: x == 1}", "{record: a, expr: x == bool 1}"),
        .rules("comparison-drops-series", "{alert: A, expr: (x > 1) * 2 > 5}", "{alert: A, expr: x * 2 > 5}"),
        .rules(
            "count-never-zero", "{alert: A, expr: count(up == 1) < 1}",
            "{alert: A, expr: (count(up == 1) or vector(0)) < 1}"),
        .rules("for-below-interval", "{alert: A, expr: x > 1, for: 30s}", "{alert: A, expr: x > 1, for: 1m}"),
        .rules(
            "value-in-label", "{alert: A, expr: x > 1, labels: {v: '{{ $value }}'}}",
            "{alert: A, expr: x > 1, annotations: {v: '{{ $value }}'}}"),
        .rules(
            "dropped-label", "{alert: A, expr: sum by (job) (x) > 1, annotations: {s: '{{ $labels.instance }}'}}",
            "{alert: A, expr: sum by (job) (x) > 1, annotations: {s: '{{ $labels.job }}'}}"),
        .rules("not-a-vector", "{record: a, expr: 'x[5m]'}", "{record: a, expr: 'rate(x[5m])'}"),
        .rules(
            "range-beyond-retention", "{record: a, expr: 'sum(rate(x_total[30d]))'}",
            "{record: a, expr: 'sum(rate(x_total[29d]))'}"
        ) { $0.retention = .seconds(30 * 86_400) },
        .rules("short-rate-window", "{record: a, expr: 'rate(x_total[1m])'}", "{record: a, expr: 'rate(x_total[5m])'}")
        { $0.configuration = ("p.yml", "global: {scrape_interval: 1m}\n") },
        .rules("untested-alert", "{alert: Untested, expr: x > 1}", "{alert: Tested, expr: x > 1}") {
            $0.tests = ["*test.yml"]
        },
        .configuration("rule-files-without-match", "rule_files: [no*.yml]\n", "rule_files: ['*test.yml']\n"),
        .configuration(
            "job-without-targets", "scrape_configs: [{job_name: a}]\n",
            "scrape_configs: [{job_name: a, static_configs: [{targets: [b]}]}]\n"),
        .configuration(
            "alerts-go-nowhere", "global: {}\n", "alerting: {alertmanagers: [{static_configs: [{targets: [b]}]}]}\n",
            rules: twoAlerts),
        .configuration(
            "missing-file", "scrape_configs: [{job_name: a, basic_auth: {password_file: nosuch}}]\n",
            "scrape_configs: [{job_name: a, basic_auth: {password_file: test.yml}}]\n"),
        .notifier("unexpanded-variable", tree("") + "global: {slack_api_url: '${URL}'}\n", tree("") + "# ${URL}\n"),
        .notifier(
            "inhibition-never-matches",
            tree(
                "",
                "inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [alertname]}]"
            ),
            tree(
                "",
                "inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [instance]}]"
            ), rules: twoAlerts),
        .notifier(
            "inhibition-never-matches",
            tree(
                "",
                "inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [alertname]}]"
            ),
            tree(
                "",
                "inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [team=b], equal: [alertname]}]"
            )),
        .notifier(
            "continue-without-effect", tree("  routes: [{matchers: [a=b], continue: true}, {matchers: [a=c]}]"),
            tree("  routes: [{matchers: [a=b], continue: true}, {matchers: [d=c]}]")),
        .notifier(
            "default-route-alerts", tree("  routes: [{matchers: [severity=critical]}]"),
            tree("  routes: [{matchers: ['severity=~\"critical|warning\"']}]"), rules: twoAlerts),
        .notifier(
            "route-without-alerts", tree("  routes: [{matchers: [severity=page]}]"),
            tree("  routes: [{matchers: [severity=critical]}]"), rules: twoAlerts),
        .notifier(
            "unreachable-route", tree("  routes: [{matchers: ['a=~\"b|c\"']}, {matchers: [a=c, d=e]}]"),
            tree("  routes: [{matchers: ['a=~\"b|c\"'], continue: true}, {matchers: [a=c, d=e]}]")),
        .notifier(
            "unreachable-route", tree("  routes: [{matchers: [a=b], routes: [{matchers: [a=c]}]}]"),
            tree("  routes: [{matchers: [a=b], routes: [{matchers: [d=c]}]}]")),
        .notifier("deprecated-matcher", tree("  routes: [{match: {a: b}}]"), tree("  routes: [{matchers: [a=b]}]")),
        .notifier(
            "matcher-matches-missing", tree("  routes: [{matchers: ['a!=b']}]"),
            tree("  routes: [{matchers: ['a!=b', 'a!=\"\"']}]")),
        .notifier(
            "repeat-not-multiple", tree("  group_interval: 5m\n  repeat_interval: 12m"),
            tree("  group_interval: 5m\n  repeat_interval: 15m")),
        .notifier("repeat-beyond-log", tree("  repeat_interval: 6d"), tree("  repeat_interval: 5d")),
        .notifier(
            "unused-receiver", "route: {receiver: a}\nreceivers: [{name: a}, {name: b}]\n",
            "route: {receiver: a, routes: [{receiver: b, matchers: [a=b]}]}\nreceivers: [{name: a}, {name: b}]\n"),
        .notifier(
            "silent-receiver", "route: {receiver: a}\nreceivers: [{name: a}]\n",
            "route: {receiver: 'null'}\nreceivers: [{name: 'null'}]\n"),
        .notifier(
            "unused-time-interval", tree("", "time_intervals: [{name: n}]"),
            tree("  routes: [{matchers: [a=b], mute_time_intervals: [n]}]", "time_intervals: [{name: n}]")),
    ]

    private let scene: Scene

    init() throws {
        scene = try Scene(["test.yml": "tests: [{alert_rule_test: [{eval_time: 1m, alertname: Tested}]}]\n"])
    }

    @Test(arguments: examples) func `finds its fault, and nothing where it is not`(example: Example) {
        let found = scene.findings(example.id, example.fault)
        #expect(!found.isEmpty)
        for finding in found {
            #expect(finding.id == example.id)
            #expect(finding.line > 0 || finding.id == "alerts-go-nowhere")
            #expect(!finding.why.isEmpty && !finding.fix.isEmpty)
        }
        #expect(scene.findings(example.id, example.sound) == [])
    }

    @Test func `Every lint has an example, but promtool's own`() {
        let ids = Set(Self.examples.map(\.id))
        let missing = LintTable.all.map(\.id).filter { !ids.contains($0) }
        #expect(missing == ["duplicate-rules", "too-long-scrape-interval"])
        #expect(Set(LintTable.all.map(\.id)).count == LintTable.all.count)
    }

    @Test func `The table is listed`() {
        let lines = LintTable.listing().output.split(separator: "\n")
        #expect(lines.count == LintTable.all.count + 3)
    }

    @Test func `Known buckets count more than the usual ones`() throws {
        let scene = try Scene([
            "metrics.txt":
                "x_seconds_bucket{le=\"1\"} 1\nx_seconds_bucket{le=\"30\"} 1\nx_seconds_bucket{le=\"+Inf\"} 1\n",
            "metrics.json": #"[{"name": "x_seconds", "buckets": [1, 5]}]"#,
        ])
        var inputs = LintTests.Example.rules("", Self.quantile("> 10"), "{}").fault
        inputs.metrics = "metrics.txt"
        #expect(scene.findings("quantile-above-buckets", inputs) == [])
        inputs.metrics = "metrics.json"
        let finding = try #require(scene.findings("quantile-above-buckets", inputs).first)
        #expect(finding.why.contains("the alert can never fire: the largest finite bucket of x_seconds is 5"))
    }

    @Test func `A finding names its place`() throws {
        let scene = try Scene(["r.yml": Self.twoAlerts])
        let output = scene.promtool("check rules --lint=up-without-absent --lint-fatal r.yml")
        #expect(output.code == 3)
        #expect(output.errors.contains("r.yml:4: up-without-absent: group \"g\", rule 1, \"Down\": a target that"))
        #expect(output.errors.contains(". Fix: add an alert on absent(up{job=\"…\"})"))
    }
}

import KTSDBConfiguration
import KTSDBTesting
import KTSDBTools
import Testing

/// The files of a system that ktsdb is made for, with the faults that they have.
@Suite struct SeedTests {
    private static let root = ConformanceData.directory.map { $0 + "/../seed" }.flatMap { isDirectory($0) ? $0 : nil }
    private static let rules = "monitoring/prometheus/alerts/api-alerts.yml"
    private static let notifier = "monitoring/alertmanager/config.yml"

    private func findings(_ id: String, root: String, metrics: String? = nil) throws -> [LintFinding] {
        let files = ToolFiles(root: root)
        var inputs = LintInputs(), options = ToolOptions()
        options.variables = Variables([:])
        inputs.ruleFiles = [(Self.rules, try files.text(Self.rules))]
        inputs.notifier = (Self.notifier, try files.text(Self.notifier))
        inputs.tests = ["alerts-test.yml"]
        inputs.metrics = metrics
        return LintSelection(rules: id).findings(in: inputs, files: files, options: options)
    }

    @Test(.enabled(if: root != nil, "the seed's files are not there"))
    func `The faults of the seed are found`() throws {
        let root = try #require(Self.root)
        let timeout = try findings("quantile-above-buckets", root: root, metrics: "metrics.json")
        #expect(timeout.count == 1)
        #expect(timeout[0].subject.contains("ExternalAPITimeout"))
        #expect(timeout[0].why.contains("the alert can never fire"))
        #expect(try findings("quantile-above-buckets", root: root).count == 1)

        let inhibition = try findings("inhibition-never-matches", root: root)
        #expect(inhibition.count == 1)
        #expect(inhibition[0].why.contains("the rule can never match"))
        #expect(inhibition[0].line == 50)

        #expect(try findings("continue-without-effect", root: root).map(\.line) == [16])
        let fallback = try findings("default-route-alerts", root: root)
        #expect(fallback.count == 1)
        #expect(fallback[0].why.hasSuffix("VoucherProcessingSurge"))
        #expect(try findings("unexpanded-variable", root: root).count == 2)
        #expect(try findings("deprecated-matcher", root: root).count == 4)
        #expect(try findings("untested-alert", root: root) == [])
        for (id, alert) in [
            ("no-job-matcher", "HighMemoryUsage"), ("ratio-of-open", "DatabaseConnectionPoolExhausted"),
            ("up-without-absent", "APIDown"), ("ratio-without-zero", "HighErrorRate"),
            ("division-by-zero", "HighErrorRate"),
        ] {
            let found = try findings(id, root: root)
            #expect(found.contains { $0.subject.contains(alert) }, "\(id)")
        }
    }

    @Test(.enabled(if: root != nil, "the seed's files are not there"))
    func `The unit tests of the seed pass and touch all rules`() throws {
        let files = ToolFiles(root: try #require(Self.root))
        let output = PromtoolCommand.run(["test", "rules", "--coverage", "alerts-test.yml"], files: files)
        #expect(output.code == 0, "\(output.errors)")
        #expect(output.output.contains("\(Self.rules): 11 of 11 rules"))
    }

    @Test(.enabled(if: root != nil, "the seed's files are not there"))
    func `The seed's files are valid`() throws {
        let files = ToolFiles(root: try #require(Self.root))
        let output = PromtoolCommand.run(["check", "config", "monitoring/prometheus/prometheus.yml"], files: files)
        #expect(output.code == 0, "\(output.errors)")
        #expect(!output.errors.contains("kubernetes_sd_configs"))
        var options = ToolOptions()
        options.variables = Variables(["SLACK_WEBHOOK_URL": "http://x/", "PAGERDUTY_SERVICE_KEY": "k"])
        let check = AlertmanagerCheck(LintSelection(rules: "none"), files, options).run([Self.notifier])
        #expect(check.code == 0, "\(check.output)")
    }
}

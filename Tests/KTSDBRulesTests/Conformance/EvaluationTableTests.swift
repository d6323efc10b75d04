import KTSDBModel
import Synchronization
import Testing

@testable import KTSDBRules

/// `rule_evaluation.json`: one rule, evaluated at some times.
@Suite struct `Table rule_evaluation` {
    /// What Prometheus gives for a case that the table has without its results: how many alerts, and their state.
    static let lost = ["pending, firing, gone, again": ["pp", "ff", "f", "", "", "p", "f"]]

    @Test func `Each evaluation gives what Prometheus gives`() throws {
        guard let table = try TableValue.file("rule_evaluation.json") else { return }
        for test in table.list {
            let storage = try TableStorage(script: test["load"]!.text!), name = test["name"]!.text!
            var options = RuleOptions()
            options.templates = testTemplates
            options.environment = RuleTemplateEnvironment(
                externalLabels: test["external_labels"]?.labels ?? Labels(),
                externalURL: test["external_url"]?.text ?? "")
            let group = RuleGroup(
                file: "f", name: "g", interval: .seconds(60), limit: Int(test["limit"]?.number ?? 0),
                rules: [test["rule"]!.rule!])
            let evaluator = GroupEvaluator(
                try PreparedGroup(group, options.language), storage: storage, options: options)
            for (index, evaluation) in test["evaluations"]!.list.enumerated() {
                storage.commits.withLock { $0 = [] }
                evaluator.evaluate(at: evaluation["at_s"]!.time)
                let samples = storage.commits.withLock { $0.flatMap(\.samples) }
                let alerts = samples.filter { $0.labels.metricName == "ALERTS" }
                if let states = Self.lost[name] {
                    #expect(alerts.compactMap { $0.labels["alertstate"]?.prefix(1) }.joined() == states[index])
                    #expect(alerts.allSatisfy { $0.labels["severity"] == "critical" })
                } else if let wanted = evaluation["alerts"] {
                    #expect(text(alerts) == text(of: wanted), "\(name) at \(evaluation["at_s"]!.value)")
                }
                if let wanted = evaluation["samples"] { #expect(text(samples) == text(of: wanted), "\(name)") }
                if evaluation.members["error"] != nil {
                    #expect(
                        evaluator.state.ruleStates[0].health.error?.description == evaluation["error"]?.text, "\(name)")
                }
            }
        }
    }

    private func text(_ samples: [RuleSample]) -> [String] { samples.map { "\($0.labels) \($0.value)" }.sorted() }
    private func text(of wanted: TableValue) -> [String] {
        wanted.list.map { "\($0["labels"]!.labels) \($0["value"]!.float)" }.sorted()
    }
}

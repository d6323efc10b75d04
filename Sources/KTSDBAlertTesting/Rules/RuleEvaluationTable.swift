import KTSDBModel
import KTSDBRules
import Synchronization

/// `rule_evaluation.json`: one rule, evaluated at some times.
enum RuleEvaluationTable {
    static let table = AlertTable("rule_evaluation.json") { table, _, result in
        for (index, test) in table.list.enumerated() {
            let name = test.caseName(index)
            if hasLostResults(test) {
                result.skip(name, because: "the table has lost its results") { try check(test) }
            } else {
                result.check(name) { try check(test) }
            }
        }
    }

    /// What Prometheus gives for a case that the table has without its results: the states of all alerts.
    private static let lost = ["pending, firing, gone, again": ["pp", "ff", "f", "", "", "p", "f"]]

    private static func hasLostResults(_ test: TableValue) -> Bool {
        lost[test["name"]?.text ?? ""] != nil
            && (test["evaluations"]?.list ?? []).allSatisfy { $0["alerts"]?.list.isEmpty ?? true }
    }

    private static func check(_ test: TableValue) throws {
        let storage = try TableStorage(script: try need(test["load"]?.text)), options = options(test)
        let group = RuleGroup(
            file: "f", name: "g", interval: .seconds(60), limit: test["limit"]?.integer ?? 0,
            rules: [try need(test["rule"]?.rule)])
        let evaluator = GroupEvaluator(try PreparedGroup(group, options.language), storage: storage, options: options)
        let states = hasLostResults(test) ? lost[test["name"]?.text ?? ""] : nil
        for (index, evaluation) in try need(test["evaluations"]?.array).enumerated() {
            storage.commits.withLock { $0 = [] }
            evaluator.evaluate(at: try need(evaluation["at_s"]).time)
            let samples = storage.commits.withLock { $0.flatMap(\.samples) }
            if let states {
                try checkStates(samples, states[index])
            } else {
                try check(samples, evaluation)
            }
            if evaluation.members["error"] != nil {
                let error = evaluator.state.ruleStates[0].health.error?.description
                try KTSDBAlertTesting.check(error, is: evaluation["error"]?.text, "the error")
            }
        }
    }

    private static func options(_ test: TableValue) -> RuleOptions {
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        options.environment = RuleTemplateEnvironment(
            externalLabels: test["external_labels"]?.labels ?? Labels(),
            externalURL: test["external_url"]?.text ?? "")
        return options
    }

    private static func alerts(_ samples: [RuleSample]) -> [RuleSample] {
        samples.filter { $0.labels.metricName == "ALERTS" }
    }

    private static func checkStates(_ samples: [RuleSample], _ states: String) throws {
        let alerts = alerts(samples)
        try KTSDBAlertTesting.check(alerts.compactMap { $0.labels["alertstate"]?.prefix(1) }.joined(), is: states)
        try KTSDBAlertTesting.check(alerts.allSatisfy { $0.labels["severity"] == "critical" }, "severity", got: alerts)
    }

    private static func check(_ samples: [RuleSample], _ evaluation: TableValue) throws {
        let what = "at \(evaluation["at_s"]?.number ?? 0) s"
        if let wanted = evaluation["alerts"] {
            try KTSDBAlertTesting.check(text(alerts(samples)), is: text(of: wanted), what)
        }
        if let wanted = evaluation["samples"] { try KTSDBAlertTesting.check(text(samples), is: text(of: wanted), what) }
    }

    private static func text(_ samples: [RuleSample]) -> [String] {
        samples.map { "\($0.labels) \($0.value)" }.sorted()
    }

    private static func text(of wanted: TableValue) -> [String] {
        wanted.list.map { "\($0["labels"]?.labels ?? Labels()) \($0["value"]?.float ?? 0)" }.sorted()
    }
}

import KTSDBModel
import KTSDBRules
import PromQL

/// `rule_unit_tests.json`: files of unit tests, as `promtool test rules` runs them.
enum RuleUnitTestTable {
    static let table = AlertTable("rule_unit_tests.json") { test in
        let files = try need(test["files"]).members
        var failures: [String] = []
        for path in try need(test["test_files"]?.array) {
            let text = try need(files[path.text ?? ""]?.text), file = ruleTestFile(text)
            let groups = groups(text, files, interval: file.evaluationInterval)
            failures += runner(test).run(file, groups: groups).failures
        }
        let passes = test["exit"]?.integer == 0
        try check(failures.isEmpty == passes, passes ? "no failure" : "failures", got: failures)
    }

    private static func runner(_ test: TableValue) -> RuleTestRunner {
        var runner = RuleTestRunner()
        runner.engineOptions.parser = .everything
        if let patterns = test["run"]?.texts {
            runner.isSelected = { name in patterns.contains { (try? TemplatePattern.matches($0, name)) == true } }
        }
        return runner
    }

    /// The groups of the rule files that a file of unit tests names.
    static func groups(_ file: String, _ files: [String: TableValue], interval: Duration) -> [RuleGroup] {
        (MiniYAML.read(file)["rule_files"]?.list ?? []).flatMap { path in
            files[path.text]?.text.map { ruleGroups($0, file: path.text, interval: interval) } ?? []
        }
    }
}

import KTSDBModel
import KTSDBRules
import PromQL

/// `rule_unit_tests.json`: files of unit tests, as `promtool test rules` runs them.
enum RuleUnitTestTable {
    static let table = AlertTable("rule_unit_tests.json") { test in
        var files = RuleTestFiles(files: try need(test["files"]).members, parser: .everything)
        files.ignoresUnknownFields = test["ignore_unknown_fields"]?.flag ?? false
        files.patterns = test["run"]?.texts
        let failures = try need(test["test_files"]?.texts).flatMap { try files.failures($0) }
        let passes = test["exit"]?.integer == 0
        try check(failures.isEmpty == passes, passes ? "no failure" : "failures", got: failures)
    }
}

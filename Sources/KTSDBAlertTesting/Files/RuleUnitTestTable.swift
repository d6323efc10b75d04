import KTSDBTools
import PromQL

/// `rule_unit_tests.json`: files of unit tests, as `promtool test rules` runs them.
enum RuleUnitTestTable {
    static let table = AlertTable("rule_unit_tests.json") { test in
        let scene = try ToolScene(try need(test["files"]).members.compactMapValues(\.text))
        var options = ToolOptions(), request = RuleTestRequest()
        options.parser = .everything
        options.ignoresUnknownFields = test["ignore_unknown_fields"]?.flag ?? false
        request.patterns = test["run"]?.texts
        let output = RuleTestCheck.run(
            try need(test["test_files"]?.texts), request, files: scene.files, options: options)
        try check(Int(output.code), is: test["exit"]?.integer, output.errors)
    }
}

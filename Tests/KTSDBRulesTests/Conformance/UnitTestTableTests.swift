import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@testable import KTSDBRules

/// Unit tests of rules, as `promtool test rules` runs them. Files are read by a reader of a part of YAML; cases about
/// the reading itself are tested where files are read.
@Suite struct `Unit tests of rules` {
    private func groups(_ file: String, _ files: [String: TableValue], interval: Duration) -> [RuleGroup] {
        (MiniYAML.read(file)["rule_files"]?.list ?? []).flatMap { path in
            files[path.text].map { ruleGroups($0.text!, file: path.text, interval: interval) } ?? []
        }
    }

    @Test func `The recorded commands of promtool give the same texts`() throws {
        guard let table = try TableValue.file("recorded_tools.json") else { return }
        var count = 0
        for test in table.list {
            let command =
                test["command"]?.list.map { $0.text! } ?? test["command"]?.text?.split(separator: " ").map(String.init)
                ?? []
            guard command.prefix(3) == ["promtool", "test", "rules"], command.count == 4 else { continue }
            let files = test["files"]!.members, stderr = test["stderr"]!.text!
            guard let text = files[command[3]]?.text, !stderr.contains("yaml:"), !stderr.contains("r.yml: ") else {
                continue
            }
            count += 1
            let file = ruleTestFile(text)
            let report = RuleTestRunner().run(file, groups: groups(text, files, interval: file.evaluationInterval))
            let found =
                report.failures.isEmpty
                ? "" : (["  FAILED:"] + report.failures).map { $0 + "\n" }.joined()
            let wanted = stderr.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.contains("WARNING") }.joined(separator: "\n")
            #expect(found == wanted, "\(text)")
        }
        #expect(count >= 15)
    }

    @Test func `Table rule_unit_tests passes and fails as it should`() throws {
        guard let table = try TableValue.file("rule_unit_tests.json") else { return }
        for test in table.list {
            let files = test["files"]!.members
            var failures: [String] = []
            for path in test["test_files"]!.list {
                let text = files[path.text!]!.text!, file = ruleTestFile(text)
                var runner = RuleTestRunner()
                runner.engineOptions.parser = .everything
                if let patterns = test["run"]?.list.map({ $0.text! }) {
                    runner.isSelected = { name in
                        patterns.contains { (try? TemplatePattern.matches($0, name)) == true }
                    }
                }
                failures += runner.run(file, groups: groups(text, files, interval: file.evaluationInterval)).failures
            }
            #expect(failures.isEmpty == (test["exit"]!.number! == 0), "\(test["name"]!.value): \(failures)")
        }
    }

    @Test func `The seed's unit tests pass`() throws {
        guard ConformanceData.directory != nil else { return print(ConformanceData.skipNotice) }
        let text = String(decoding: try readSeed("alerts-test.yml"), as: UTF8.self), file = ruleTestFile(text)
        let rules = String(decoding: try readSeed("monitoring/prometheus/alerts/api-alerts.yml"), as: UTF8.self)
        let groups = ruleGroups(rules, file: "api-alerts.yml", interval: file.evaluationInterval)
        #expect(!file.tests.isEmpty && RuleTestRunner().run(file, groups: groups).failures == [])
    }

    @Test func `Numbers are printed as Go prints them with an exponent`() {
        let texts = [0, 1, -1.5, 1e21, 1.25e-9, 123456789, 0.1, 1e6].map(HistogramText.scientific)
        #expect(texts == ["0E+00", "1E+00", "-1.5E+00", "1E+21", "1.25E-09", "1.23456789E+08", "1E-01", "1E+06"])
    }
}

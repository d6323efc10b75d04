import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBModel
import KTSDBRules
import PromQL

/// Files of unit tests and their rule files, by their names.
struct RuleTestFiles {
    let files: [String: TableValue]
    var parser = ParserOptions()
    var ignoresUnknownFields = false
    /// Regular expressions of the names of tests to run; nil: all.
    var patterns: [String]?

    /// Runs a file's tests; returns what promtool prints under `FAILED`.
    func failures(_ path: String) throws -> [String] {
        let text = try need(files[path]?.text, "the file \(path)")
        do {
            let (tests, ruleFiles) = try RuleTestFile.read(
                text, file: path, ignoresUnknownFields: ignoresUnknownFields)
            return runner.run(tests, groups: try groups(ruleFiles, interval: tests.evaluationInterval)).failures
        } catch let error as RuleFileError {
            return error.description.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        } catch let error as ConfigurationError {
            return [error.reason]
        }
    }

    private var runner: RuleTestRunner {
        var runner = RuleTestRunner()
        runner.engineOptions.parser = parser
        if let patterns {
            runner.isSelected = { name in patterns.contains { (try? TemplatePattern.matches($0, name)) == true } }
        }
        return runner
    }

    private func groups(_ paths: [String], interval: Duration) throws(RuleFileError) -> [RuleGroup] {
        var engine = EngineOptions(), options = RuleFile.Options(), groups: [RuleGroup] = []
        engine.parser = parser
        options.language = PromQLRuleLanguage(PromQLEngine(engine))
        options.interval = interval
        options.ignoresUnknownFields = ignoresUnknownFields
        for path in paths {
            guard let text = files[path]?.text else { continue }
            groups += try RuleFile.read(text, file: path, options: options).groups
        }
        return groups
    }
}

internal import GoTemplate
internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBRules

/// `test rules`: runs files of unit tests, with promtool's texts.
package struct RuleTestCheck {
    private let request: RuleTestRequest
    private let files: ToolFiles
    private let options: ToolOptions
    private var output = ToolOutput()
    private var report = JUnitReport()
    private var coverage = RuleCoverage()

    private init(_ request: RuleTestRequest, _ files: ToolFiles, _ options: ToolOptions) {
        self.request = request
        self.files = files
        self.options = options
    }

    /// Runs the tests of files, and writes the report for JUnit if one is asked for.
    package static func run(
        _ paths: [String], _ request: RuleTestRequest = RuleTestRequest(), files: ToolFiles, options: ToolOptions
    ) -> ToolOutput {
        if let refusal = ToolArguments.refusal(paths, files, options) { return refusal }
        if let pattern = request.patterns?.joined(separator: "|") {
            do { _ = try TemplatePattern.matches(pattern, "") } catch {
                return ToolArguments.failure("--run: \(error)", options)
            }
        }
        var check = RuleTestCheck(request, files, options)
        for path in paths { check.run(path) }
        if request.covers { check.output.write(check.coverage.text) }
        if let junit = request.junit {
            do throws(ToolFileError) { try files.write(check.report.xml, to: junit) } catch {
                check.output.complain("failed to write JUnit XML: \(error)")
                check.output.code = 1
            }
        }
        options.listUnset(to: &check.output)
        return check.output
    }

    // MARK: Files

    private mutating func run(_ path: String) {
        output.print("Unit Testing:  \(path)")
        report.suites.append(JUnitReport.Suite(name: path))
        let errors = test(path)
        if errors.isEmpty {
            output.print("  SUCCESS")
        } else {
            output.complain("  FAILED:")
            for error in errors {
                output.complain(error)
                output.print("")
            }
            output.code = 1
        }
        output.print("")
    }

    /// Runs the tests of a file; returns what is wrong.
    private mutating func test(_ path: String) -> [String] {
        let file: RuleTestFile, patterns: [String]
        do {
            (file, patterns) = try read(path)
        } catch {
            report.suites[report.suites.count - 1].abort("\(error)")
            return ["\(error)"]
        }
        let ruleFiles = ruleFiles(patterns, directory: GoPath.directory(of: path))
        report.suites[report.suites.count - 1].timestamp = request.timestamp
        var seen: Set<String> = []
        for name in file.groupOrder where !seen.insert(name).inserted {
            let error = "group name repeated in evaluation order: \(name)"
            report.suites[report.suites.count - 1].abort(error)
            return [error]
        }
        return run(file, with: TestedRuleFiles(ruleFiles, reading(file), files))
    }

    private func read(_ path: String) throws(ToolFileError) -> (RuleTestFile, [String]) {
        let text = try files.text(path)
        do throws(ConfigurationError) {
            return try RuleTestFile.read(text, file: path, ignoresUnknownFields: options.ignoresUnknownFields)
        } catch {
            throw ToolFileError(GoYAML.problem(text, .two, types: ["": "main.unitTestFile"]) ?? error.reason)
        }
    }

    private func reading(_ file: RuleTestFile) -> RuleFileReading {
        var reading = RuleFileReading(options)
        reading.interval = file.evaluationInterval
        return reading
    }

    private mutating func ruleFiles(_ patterns: [String], directory: String) -> [String] {
        patterns.flatMap { pattern in
            let whole = GoPath.join(directory, pattern), found = files.matching(whole)
            if found.isEmpty { output.complain("  WARNING: no file match pattern \(whole)") }
            return found
        }
    }

    // MARK: Tests

    private mutating func run(_ file: RuleTestFile, with ruleFiles: TestedRuleFiles) -> [String] {
        if request.covers { coverage.add(file, ruleFiles.texts, options) }
        let runner = runner, pattern = request.patterns?.joined(separator: "|")
        var errors: [String] = []
        for (number, test) in file.tests.enumerated() {
            if let pattern, (try? TemplatePattern.matches(pattern, test.name)) != true { continue }
            let name = RuleTestRunner.name(of: test, number: number), place = report.suites.count - 1
            report.suites[place].begin(name)
            if request.debugs { output.complain("DEBUG: Starting test \(name)") }
            let failures = run(test, number, file, ruleFiles, runner)
            for failure in failures { report.suites[place].fail(failure) }
            errors += failures
        }
        return errors
    }

    private mutating func run(
        _ test: RuleTest, _ number: Int, _ file: RuleTestFile, _ ruleFiles: TestedRuleFiles, _ runner: RuleTestRunner
    ) -> [String] {
        guard let groups = ruleFiles.groups else { return ruleFiles.errors }
        let clock = ContinuousClock(), start = clock.now
        let result = runner.result(of: test, number: number, in: file, groups: groups)
        if request.debugs {
            write(result.dump)
            let elapsed = (clock.now - start).nanoseconds
            output.complain("DEBUG: Test \(result.name) finished, took \(GoDuration.text(elapsed))")
        }
        if request.explains { output.write(RuleExplanation(test, result).text) }
        return result.failures
    }

    private mutating func write(_ dump: RuleTestDump?) {
        guard let dump else { return }
        if let error = dump.error { return output.complain("DEBUG: Failed query exec, err: \(error)") }
        let time = GoDuration.text(dump.time.nanoseconds)
        output.complain("DEBUG: Dump of all data (input_series and rules) at \(time):")
        output.complain(dump.text)
    }

    private var runner: RuleTestRunner {
        var runner = RuleTestRunner()
        runner.engineOptions = options.engine
        runner.showsDifferences = request.showsDifferences
        runner.dumpsSeries = request.debugs
        runner.tracesRules = request.explains
        return runner
    }
}

/// The rule files of a file of unit tests. They are read for the first test, so a file without tests needs none.
private struct TestedRuleFiles {
    /// The groups of all files; nil if one is not valid.
    private(set) var groups: [RuleGroup]? = []
    /// What is wrong with the first file that is not valid.
    private(set) var errors: [String] = []
    private(set) var texts: [(path: String, text: String)] = []

    init(_ paths: [String], _ reading: RuleFileReading, _ files: ToolFiles) {
        for path in paths {
            do throws(RuleFileError) {
                let file = try reading.read(path, in: files)
                groups? += file.groups
                texts.append((path, (try? files.text(path)) ?? ""))
            } catch {
                groups = nil
                errors = error.problems.map { "\(path): \($0)" }
                return
            }
        }
    }
}

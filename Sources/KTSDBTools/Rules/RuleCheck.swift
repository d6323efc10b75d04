internal import KTSDBAlertingFiles
internal import KTSDBRules

/// `check rules`: whether rule files are valid.
package struct RuleCheck: Sendable {
    private let lints: LintSelection
    private let files: ToolFiles
    private let options: ToolOptions
    /// What precedes each problem.
    private var prefix = ""

    package init(_ lints: LintSelection, _ files: ToolFiles, _ options: ToolOptions) {
        self.lints = lints
        self.files = files
        self.options = options
    }

    /// How files were judged.
    package struct Verdict: Sendable {
        package var hasFailed = false
        /// Whether more than lints failed.
        package var hasErrors = false
        /// The texts of the valid files, for lints.
        package var texts: [(path: String, text: String)] = []

        package init() {}

        /// The exit code: 1 for errors, 3 for lints that are fatal.
        package func code(_ lints: LintSelection) -> Int32 {
            hasFailed && hasErrors ? 1 : hasFailed && lints.isFatal ? 3 : 0
        }
    }

    /// Checks files, or standard input without files or with `-`.
    package func run(_ paths: [String], context: LintInputs = LintInputs()) -> ToolOutput {
        if let refusal = ToolArguments.refusal(paths.filter { $0 != "-" }, files, options) { return refusal }
        var output = lints.warnings, verdict = Verdict()
        check(paths.isEmpty ? ["-"] : paths, &output, &verdict)
        if lints.selectsMore {
            var context = context
            context.ruleFiles += verdict.texts
            let findings = lints.findings(in: context, files: files, options: options)
            verdict.hasFailed = LintReport.write(findings, to: &output) || verdict.hasFailed
        }
        options.listUnset(to: &output)
        output.code = verdict.code(lints)
        return output
    }

    /// The same as a part of a check of a configuration, whose errors are indented.
    package func indented() -> RuleCheck {
        var check = self
        check.prefix = "     "
        return check
    }

    /// Checks files one by one.
    package func check(_ paths: [String], _ output: inout ToolOutput, _ verdict: inout Verdict) {
        for path in paths {
            output.print(path == "-" ? "Checking standard input" : "Checking \(path)")
            do throws(RuleFileError) {
                let (file, text) = try read(path)
                for warning in file.warnings where options.generation == .current {
                    output.complain("  WARNING: \(warning)")
                }
                report(file, path, text, &output, &verdict)
            } catch {
                output.complain("  FAILED:")
                for problem in error.problems {
                    output.complain(prefix + (path == "-" ? problem : "\(path): \(problem)"))
                }
                verdict.hasFailed = true
                verdict.hasErrors = true
            }
            output.print("")
        }
    }

    private func read(_ path: String) throws(RuleFileError) -> (RuleFile, String) {
        let text: String
        do throws(ToolFileError) { text = path == "-" ? try files.inputText() : try files.text(path) } catch {
            throw RuleFileError(file: path, problems: [error.description])
        }
        return (try RuleFileReading(options).read(text, file: path), text)
    }

    private func report(
        _ file: RuleFile, _ path: String, _ text: String, _ output: inout ToolOutput, _ verdict: inout Verdict
    ) {
        verdict.texts.append((path == "-" ? "standard input" : path, text))
        if lints.selects(LintTable.duplicateRules), let duplicates = DuplicateRules(file.groups).text {
            output.complain("  FAILED:")
            output.complain(prefix + duplicates)
            verdict.hasFailed = true
        } else {
            output.print("  SUCCESS: \(file.groups.map(\.rules.count).reduce(0, +)) rules found")
        }
    }
}

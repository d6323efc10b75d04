internal import KTSDBModel

/// A pattern that matches no file is no error, so its rules are missing without a word.
enum RuleFilesWithoutMatch {
    static let lint = Lint(
        "rule-files-without-match", .config, "A pattern of rule_files matches no file."
    ) { context in
        guard let configuration = context.configuration else { return [] }
        return configuration.rulePatterns.filter { !$0.matches }.map { entry in
            LintFinding(
                file: configuration.file, line: entry.line, subject: "rule_files",
                why: "\(goQuoted(entry.pattern)) matches no file, and the server starts without its rules",
                fix: "correct the path; it is relative to the configuration file")
        }
    }
}

package import KTSDBAlertingFiles
package import KTSDBConfiguration
package import KTSDBRules

/// The groups of all rule files of a configuration.
package struct RuleFiles: Sendable {
    /// The groups, file by file.
    package var groups: [RuleGroup] = []
    /// What an operator should know, such as a pattern that no file matches.
    package var warnings: [String] = []

    /// No rules.
    package init() {}

    /// Reads the files whose paths match the patterns, each once.
    /// - Throws: `ConfigurationError` with all problems of the first file that has any.
    package init(matching patterns: [String], _ options: RuleFile.Options) throws(ConfigurationError) {
        var known: Set<String> = []
        for pattern in patterns {
            guard !LocalFile.isMalformed(pattern) else {
                throw ConfigurationError(file: pattern, line: nil, reason: "rule_files: syntax error in pattern")
            }
            let files = LocalFile.matching(pattern)
            if files.isEmpty { warnings.append("no rule file matches \(pattern)") }
            for file in files where known.insert(file).inserted { try add(file, options) }
        }
    }

    private mutating func add(_ path: String, _ options: RuleFile.Options) throws(ConfigurationError) {
        let text: String
        do { text = try LocalFile.text(path) } catch { throw ConfigurationError(unreadable: path, error) }
        do throws(RuleFileError) {
            let file = try RuleFile.read(text, file: path, options: options)
            groups += file.groups
            warnings += file.warnings
        } catch {
            // Each problem begins with its place in the file.
            let lines = error.problems.joined(separator: "\n\(path): ")
            throw ConfigurationError(file: path, line: nil, reason: lines)
        }
    }
}

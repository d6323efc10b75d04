package import KTSDBConfiguration
package import KTSDBNotify
package import KTSDBRules

/// A rule file: its groups, and what its author should know.
package struct RuleFile: Sendable {
    /// The groups in their order.
    package var groups: [RuleGroup]
    package var warnings: [String] = []

    /// How a rule file is read.
    package struct Options: Sendable {
        /// Whether names may be any UTF-8, or are Prometheus' legacy names.
        package var names = MatcherSyntax.utf8
        /// How often a group is evaluated that does not say so.
        package var interval = Duration.seconds(60)
        package var language: any RuleLanguage = PromQLRuleLanguage()
        package var ignoresUnknownFields = false
        /// Variables that values may name, but for expressions, labels and annotations.
        package var variables = Variables.environment

        package init() {}
    }

    /// Reads a rule file.
    /// - Throws: ``RuleFileError`` with all problems, in Prometheus' words.
    package static func read(
        _ text: String, file: String, options: Options = Options()
    ) throws(RuleFileError) -> RuleFile {
        let groups: [RuleGroupNode], hasMore: Bool
        do throws(ConfigurationError) {
            let document = try YAMLValue.firstDocument(text, file: file)
            hasMore = document.hasMore
            groups = try document.value.map { value throws(ConfigurationError) in try nodes(value, options) } ?? []
        } catch { throw RuleFileError(file: file, problems: problems(of: error), line: error.line) }
        let problems = RuleFileCheck(options).problems(groups)
        guard problems.isEmpty else { throw RuleFileError(file: file, problems: problems) }
        let warning = "\(file): Multiple document yaml rules files are not supported: only the first one is read"
        return RuleFile(
            groups: groups.map { $0.group(file: file, interval: options.interval) },
            warnings: hasMore ? [warning] : [])
    }

    /// Prometheus reads a file twice, the second time for the places of groups: both readings report what is not a list
    /// of groups.
    private static func problems(of error: ConfigurationError) -> [String] {
        let names = ["[]rulefmt.RuleGroup": "[]yaml.Node", "rulefmt.RuleGroups": "rulefmt.ruleGroups"]
        let lines = error.reason.split(separator: "\n").compactMap { line in
            names.first { line.hasSuffix("into " + $0.key) }.map { line.dropLast($0.key.count) + $0.value }
        }
        return [error.reason] + (lines.isEmpty ? [] : ["yaml: unmarshal errors:\n" + lines.joined(separator: "\n")])
    }

    private static func nodes(_ value: YAMLValue, _ options: Options) throws(ConfigurationError) -> [RuleGroupNode] {
        try options.variables.reading(value, .rules) { (value, _) throws(ConfigurationError) in
            try groups(value, options)
        }
    }

    private static func groups(_ value: YAMLValue, _ options: Options) throws(ConfigurationError) -> [RuleGroupNode] {
        var reading = StrictReading(syntax: options.names) { _ in nil }
        reading.ignoresUnknownFields = options.ignoresUnknownFields
        let groups = try reading.ruleGroups(value)
        try reading.finish(value.file)
        return groups
    }
}

/// Why a rule file is refused: all problems.
package struct RuleFileError: Error, Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// What is wrong, with the place where it is known: `5:15: group "g", rule 1, "A": …`
    package var problems: [String]
    /// The line of the first problem, if it has no place of its own.
    package var line: Int?

    package init(file: String, problems: [String], line: Int? = nil) {
        self.file = file
        self.problems = problems
        self.line = line
    }

    /// A line for each problem: `FILE: problem`.
    package var description: String { problems.map { "\(file): \($0)" }.joined(separator: "\n") }
}

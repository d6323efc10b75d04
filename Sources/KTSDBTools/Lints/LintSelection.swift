internal import KTSDBModel

/// Which lints are asked for, and whether a finding is an error.
package struct LintSelection: Sendable {
    private let isAll: Bool
    private let ids: Set<String>
    /// Whether findings make the exit code 3.
    package let isFatal: Bool
    /// What is printed about names that are not those of lints.
    package private(set) var warnings = ToolOutput()

    /// Reads what `--lint` of a check of rules says: names with commas between them, `all` or `none`.
    package init(rules text: String, isFatal: Bool = false, isClassic: Bool = false) {
        self.init(Self.names(text), isFatal, isClassic)
    }

    /// Reads what `--lint` of a check of a configuration says: there `none` counts more than all others.
    package init(configuration text: String, isFatal: Bool = false, isClassic: Bool = false) {
        let names = Self.names(text)
        self.init(names.contains("none") ? [] : names, isFatal, isClassic)
    }

    private init(_ names: [String], _ isFatal: Bool, _ isClassic: Bool) {
        isAll = names.contains("all")
        self.isFatal = isFatal
        let known = Set(LintTable.all.map(\.id))
        ids = Set(names.filter(known.contains))
        for name in names where !known.contains(name) && name != "all" && name != "none" {
            warnings.print("WARNING: unknown lint option" + (isClassic ? " \(name)" : ": \(goQuoted(name))"))
        }
    }

    private static func names(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init).filter {
            !$0.isEmpty || !text.isEmpty
        }
    }

    /// Whether a lint is asked for.
    package func selects(_ lint: Lint) -> Bool { isAll || ids.contains(lint.id) }

    /// Whether a lint is asked for that promtool does not have.
    package var selectsMore: Bool { LintTable.own.contains(where: selects) }

    /// What the selected lints about these subjects find, by file and line.
    package func findings(
        about subjects: [Lint.Subject] = Lint.Subject.allCases, in inputs: LintInputs, files: ToolFiles,
        options: ToolOptions
    ) -> [LintFinding] {
        let context = LintContext(inputs, files, options)
        return LintTable.own.filter { selects($0) && subjects.contains($0.subject) }.flatMap { lint in
            lint.find(context).map { finding in
                var finding = finding
                finding.id = lint.id
                return finding
            }
        }.sorted { ($0.file, $0.line, $0.id, $0.why) < ($1.file, $1.line, $1.id, $1.why) }
    }
}

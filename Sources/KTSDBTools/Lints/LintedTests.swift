internal import KTSDBAlertingFiles
internal import KTSDBRules

/// What lints know of files of unit tests.
struct LintedTests: Sendable {
    /// The names of alerts that are looked at.
    private(set) var alerts: Set<String> = []

    init(_ patterns: [String], _ files: ToolFiles) {
        for path in patterns.flatMap(files.matching) {
            guard let text = try? files.text(path),
                let file = try? RuleTestFile.read(text, file: path, ignoresUnknownFields: true)
            else { continue }
            for test in file.tests.tests { alerts.formUnion(test.alertTests.map(\.alertName)) }
        }
    }
}

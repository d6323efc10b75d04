import KTSDBModel
import KTSDBRules

/// `recorded_tools.json`: commands of promtool and amtool, and what they printed.
enum RecordedTools {
    static let table = AlertTable("recorded_tools.json") { recording, _, result in
        for (index, test) in recording.list.enumerated() {
            let command = test["command"]?.texts ?? []
            if let text = unitTests(command, test) {
                result.check("#\(index + 1) \(command.joined(separator: " "))") { try check(text, test) }
            } else {
                result.unsupported += 1
            }
        }
    }

    /// The file of unit tests that a command runs, unless its point is how files are read.
    private static func unitTests(_ command: [String], _ test: TableValue) -> String? {
        let stderr = test["stderr"]?.text ?? ""
        guard command.prefix(3) == ["promtool", "test", "rules"], command.count == 4 else { return nil }
        return stderr.contains("yaml:") || stderr.contains("r.yml: ") ? nil : test["files"]?[command[3]]?.text
    }

    private static func check(_ text: String, _ test: TableValue) throws {
        let file = ruleTestFile(text), files = test["files"]?.members ?? [:]
        let groups = RuleUnitTestTable.groups(text, files, interval: file.evaluationInterval)
        let failures = RuleTestRunner().run(file, groups: groups).failures
        let found = failures.isEmpty ? "" : (["  FAILED:"] + failures).map { $0 + "\n" }.joined()
        let wanted = (test["stderr"]?.text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("WARNING") }.joined(separator: "\n")
        try KTSDBAlertTesting.check(found, is: wanted)
    }
}

import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify

/// `recorded_tools.json`: commands of promtool and amtool, and what they printed.
enum RecordedTools {
    static let table = AlertTable("recorded_tools.json") { recording, _, result in
        for (index, test) in recording.list.enumerated() {
            let command = test["command"]?.texts ?? [], name = "#\(index + 1) \(command.joined(separator: " "))"
            if command.prefix(3) == ["promtool", "test", "rules"], command.count == 4 {
                result.check(name) { try check(command[3], test) }
            } else {
                result.unsupported += 1
            }
            if command.prefix(3) == ["promtool", "check", "rules"] {
                do { try checkErrors(command.dropFirst(3), test) } catch { result.fail(name, error) }
            }
        }
    }

    private static func check(_ path: String, _ test: TableValue) throws {
        let failures = try RuleTestFiles(files: test["files"]?.members ?? [:]).failures(path)
        let found = failures.isEmpty ? "" : (["  FAILED:"] + failures).map { $0 + "\n" }.joined()
        let wanted = (test["stderr"]?.text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("WARNING") }.joined(separator: "\n")
        try KTSDBAlertTesting.check(found, is: wanted)
    }

    /// Compares the errors of rule files alone: nothing prints the rest yet.
    private static func checkErrors(_ paths: ArraySlice<String>, _ test: TableValue) throws {
        let stderr = test["stderr"]?.text ?? ""
        if stderr.contains("lint error") { return }
        var found = "", options = RuleFile.Options()
        // Version 2.42 knows no other names.
        options.names = .classic
        for path in paths {
            guard let text = test["files"]?[path]?.text else { continue }
            do throws(RuleFileError) { _ = try RuleFile.read(text, file: path, options: options) } catch {
                found += "  FAILED:\n\(error)\n"
            }
        }
        try KTSDBAlertTesting.check(found, is: stderr)
    }
}

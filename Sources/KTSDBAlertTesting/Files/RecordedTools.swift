import KTSDBConfiguration
import KTSDBModel
import KTSDBNotify
import KTSDBTools

/// `recorded_tools.json`: commands of promtool 2.42 and amtool 0.25, and what they printed.
enum RecordedTools {
    static let table = AlertTable("recorded_tools.json") { recording, _, result in
        for (index, test) in recording.list.enumerated() {
            let command = test["command"]?.texts ?? [], name = "#\(index + 1) \(command.joined(separator: " "))"
            if let reason = reasonToSkip(command, test) {
                result.skip(name, because: reason)
            } else {
                result.check(name) { try check(command, test) }
            }
        }
    }

    /// What ktsdb does otherwise on purpose.
    private static func reasonToSkip(_ command: [String], _ test: TableValue) -> String? {
        let texts = (test["files"]?.members ?? [:]).values.compactMap(\.text)
        let hasVariables = texts.contains { $0.firstMatch(of: /: *['"]?\$\{[A-Za-z_]/) != nil }
        let isConfiguration = command.contains("check-config") || command.contains("config")
        return hasVariables && isConfiguration ? "ktsdb reads variables, which Alertmanager does not" : nil
    }

    private static func check(_ command: [String], _ test: TableValue) throws {
        let files = (test["files"]?.members ?? [:]).compactMapValues(\.text)
        let scene = try ToolScene(files, input: test["stdin"]?.text ?? "")
        let output = try run(command, scene.files)
        // Since version 0.27 the address of a webhook may be a template, and errors say so.
        let found = output.output.replacing("invalid URL: ", with: "")
        try KTSDBAlertTesting.check(found, is: current(test["stdout"]?.text ?? ""), "standard output")
        try KTSDBAlertTesting.check(
            withoutWarnings(output.errors), is: current(test["stderr"]?.text ?? ""), "standard error")
        try KTSDBAlertTesting.check(Int(output.code), is: test["exit"]?.integer, "the exit code")
    }

    private static func run(_ command: [String], _ files: ToolFiles) throws -> ToolOutput {
        var options = ToolOptions()
        options.program = command.first ?? ""
        // Version 2.42 knows no other names.
        options.generation = .classic
        options.variables = Variables([:])
        guard command.first == "amtool" else {
            return PromtoolCommand.run(Array(command.dropFirst()), files: files, options: options)
        }
        if command.dropFirst().first == "check-config" {
            return AlertmanagerCheck(LintSelection(rules: "none"), files, options).run(Array(command.dropFirst(2)))
        }
        // The recording's environment names a server, which is not asked.
        let environment = AmtoolEnvironment(
            program: "amtool", files: files, now: .zero, presets: ["alertmanager.url": "http://127.0.0.1:1"]
        ) { address, _, _ throws(AmtoolProblem) in throw AmtoolProblem("nothing answers at \(address)") }
        return AmtoolCommand.run(Array(command.dropFirst()), environment)
    }

    /// Errors without the warnings that only ktsdb has: of what it does not serve, and does not deliver.
    private static func withoutWarnings(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            !line.hasPrefix("  WARNING: ") || !line.contains("ktsdb")
        }.joined(separator: "\n")
    }

    /// What version 0.34 of Alertmanager says otherwise (`am_config.json` has its texts).
    private static func current(_ text: String) -> String {
        text.replacing(
            "no global Slack API URL set either inline or in a file",
            with: "no Slack API URL nor App token set either inline or in a file"
        ).replacing("other other labels", with: "other labels")
    }
}

import CLibrary
import KTSDBConfiguration
import KTSDBTesting
import KTSDBTools
import ProcessTesting

/// A directory of its own with files, in which tools run.
struct Scene {
    let directory = TemporaryDirectory()
    private let input: [UInt8]

    init(_ files: [String: String] = [:], input: String = "") throws {
        self.input = Array(input.utf8)
        for (path, text) in files {
            var folder = directory.path
            for part in path.split(separator: "/").dropLast() {
                folder += "/\(part)"
                _ = SystemCall.makeDirectory(folder, mode: 0o755)
            }
            try ToolFiles(root: directory.path).write(text, to: path)
        }
    }

    var files: ToolFiles {
        let input = input
        return ToolFiles(root: directory.path) { input }
    }

    /// Runs a command of promtool, with words between blanks.
    func promtool(_ line: String, options: ToolOptions = ToolOptions()) -> ToolOutput {
        PromtoolCommand.run(
            line.split(separator: " ").map(String.init),
            PromtoolEnvironment(files: files, options: options, now: TestPrometheus.now))
    }

    /// The same on a thread of its own, for commands that wait for tasks: none of Swift's few threads may.
    func promtoolApart(_ line: String, options: ToolOptions = ToolOptions()) async -> ToolOutput {
        await OwnThread.run { promtool(line, options: options) }
    }

    /// What one lint finds.
    func findings(_ id: String, _ inputs: LintInputs) -> [LintFinding] {
        var options = ToolOptions()
        options.variables = Variables([:])
        return LintSelection(rules: id).findings(in: inputs, files: files, options: options)
    }
}

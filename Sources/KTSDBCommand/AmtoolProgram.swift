internal import ArgumentParser
internal import CLibrary
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBTools

/// Runs commands of amtool: prints their output, and exits with their code.
enum AmtoolProgram {
    /// The default URL of the server: that of this program with its default flags.
    private static let defaultAddress = "http://127.0.0.1:9090"

    /// Runs a command line. If `hasServer` is false, no server is preset, so that a file alone is read.
    static func run(_ line: [String], as program: String = "ktsdb", hasServer: Bool = true) throws {
        // Without arguments, amtool prints its help.
        let line = line.isEmpty ? ["--help"] : line
        let output: ToolOutput
        do throws(AmtoolProblem) {
            var environment = try environment(program)
            if !hasServer { environment.presets["alertmanager.url"] = nil }
            output = AmtoolCommand.run(line, environment)
        } catch {
            var refusal = ToolOutput()
            refusal.complain("\(program): error: \(error)")
            refusal.code = 1
            output = refusal
        }
        try print(output)
    }

    /// Prints a tool's output, each part to its stream.
    /// - Throws: `ExitCode` if the tool's exit code is not 0.
    static func print(_ output: ToolOutput) throws {
        for piece in output.pieces {
            let bytes = Array(piece.text.utf8)
            var start = 0
            while start < bytes.count {
                let count = SystemCall.writeBytes(piece.isError ? STDERR_FILENO : STDOUT_FILENO, Array(bytes[start...]))
                guard count > 0 else { break }
                start += count
            }
        }
        if output.code != 0 { throw ExitCode(output.code) }
    }

    private static func environment(_ program: String) throws(AmtoolProblem) -> AmtoolEnvironment {
        let files = ToolFiles(), home = SystemCall.environment("HOME") ?? ""
        let paths = [home + "/.config/amtool/config.yml", "/etc/amtool/config.yml"]
        var presets = try AmtoolPresets.read(paths, files)
        // amtool requires an address; this program has a default.
        if program != "amtool", presets["alertmanager.url"] == nil { presets["alertmanager.url"] = defaultAddress }
        return AmtoolEnvironment(
            program: program, files: files, userName: SystemCall.environment("USER") ?? "",
            now: WallTime(milliseconds: Timestamp.now.milliseconds), presets: presets,
            connect: HTTPAlertmanager.connect)
    }
}

/// A command whose arguments amtool's parser reads.
protocol AmtoolArguments: ParsableCommand {
    /// The words of amtool's command.
    static var words: [String] { get }
    var arguments: [String] { get }
}

extension AmtoolArguments {
    func run() throws { try AmtoolProgram.run(Self.words + arguments) }
}

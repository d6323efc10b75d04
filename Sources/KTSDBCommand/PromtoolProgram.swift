internal import ArgumentParser
internal import CLibrary
internal import KTSDBTools

/// Runs commands of promtool: prints their output, and exits with their code.
enum PromtoolProgram {
    /// The width of output that does not go to a terminal.
    private static let columns = 100

    /// Runs a command line. `program` is the name of the program in errors, `isPromtool` whether the arguments are
    /// promtool's own.
    static func run(_ line: [String], as program: String = "ktsdb", isPromtool: Bool) throws {
        var options = ToolOptions()
        options.program = program
        let environment = PromtoolEnvironment(
            options: options, isPromtool: isPromtool,
            columns: SystemCall.terminalColumns(STDOUT_FILENO) ?? columns)
        try AmtoolProgram.print(PromtoolCommand.run(line, environment))
    }
}

/// The words of a command of promtool.
protocol PromtoolWords {
    static var words: [String] { get }
}

/// A command whose arguments promtool's parser reads. It is described where those are.
struct PromtoolArguments<Name: PromtoolWords>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let syntax = ToolSyntax.promtool.command(Name.words)
        return CommandConfiguration(commandName: syntax.name, abstract: syntax.help)
    }

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []

    func run() throws { try PromtoolProgram.run(Name.words + arguments, isPromtool: false) }
}

extension PromtoolArguments: PromtoolWords {
    static var words: [String] { Name.words }
}

/// A command of promtool that has subcommands.
enum PromtoolGroup {
    /// Returns the configuration of the command with these words.
    static func configuration(
        _ words: [String], subcommands: [any ParsableCommand.Type]
    ) -> CommandConfiguration {
        let syntax = ToolSyntax.promtool.command(words)
        return CommandConfiguration(commandName: syntax.name, abstract: syntax.help, subcommands: subcommands)
    }
}

/// Runs promtool's commands with promtool's own arguments.
struct PromtoolSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promtool", abstract: "Run a command of promtool with promtool's own arguments.")

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var arguments: [String] = []

    func run() throws {
        if arguments == ["--version"] { return try ToolProgram.promtool.run(arguments) }
        try PromtoolProgram.run(arguments, isPromtool: true)
    }
}

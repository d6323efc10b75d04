internal import ArgumentParser
internal import CLibrary
internal import KTSDBServer

/// The program `ktsdb`.
@main
enum Main {
    static func main() async {
        let arguments = Array(ProgramArguments.all.dropFirst())
        do {
            if let program = CommandLine.arguments.first.flatMap(ProgramName.init(argument:)) {
                let own = program.serverArguments(arguments) { SystemCall.environment($0) }
                exit(try await ServerCommand.run(own, as: program))
            }
            if let tool = CommandLine.arguments.first.flatMap(ToolProgram.init(argument:)) {
                return try tool.run(arguments)
            }
            if arguments == ["help", "prometheus-flags"] { return print(PrometheusFlags.table, terminator: "") }
            if let own = ServerCommand.arguments(in: arguments) { exit(try await ServerCommand.run(own)) }
            var command = try Command.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as FlagError {
            // The server's flags are wrong: this code lets a service manager know that a restart does not help.
            refuse("\(error)", code: 2)
        } catch let error as StartError {
            complain("ktsdb: \(error)")
            exit(1)
        } catch let code as ExitCode {
            // The command has printed the reason.
            exit(code.rawValue)
        } catch {
            // Not an error but output that the arguments ask for, such as the help.
            guard !Command.exitCode(for: error).isSuccess else { return print(Command.fullMessage(for: error)) }
            // promtool and amtool use this code.
            refuse(Command.message(for: error), code: 1)
        }
    }

    /// Prints what is wrong with the arguments, and exits.
    private static func refuse(_ reason: String, code: Int32) -> Never {
        let command = CommandLine.arguments.dropFirst().prefix(1).first { word in
            Command.configuration.subcommands.contains { $0.configuration.commandName == word }
        }
        let help = command.map { "`ktsdb help \($0)`" } ?? "`ktsdb --help`"
        complain("ktsdb: \(reason)\(".?".contains(reason.last ?? ".") ? "" : ".") Run \(help) to see all flags.")
        exit(code)
    }

    private static func complain(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = SystemCall.writeBytes(STDERR_FILENO, line)
    }
}

/// The program's subcommands.
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ktsdb",
        abstract: """
            A time-series database that scrapes, answers PromQL, evaluates rules and notifies, as Prometheus and \
            Alertmanager do.
            """,
        version: """
            ktsdb, version \(BuildInformation.version)
              swift version:    \(BuildInformation.swiftVersion)
              platform:         \(BuildInformation.platform)
            """,
        subcommands: [
            ServerCommand.self, CheckCommand.self, TestCommand.self, PromtoolSubcommand.self, QueryCommand.self,
            PromQLCommand.self, PushCommand.self, DebugCommand.self, RulesCommand.self, TSDBCommand.self,
            AlertCommand.self, SilenceCommand.self, RoutesCommand.self,
            NotifyCommand.self, AmtoolSubcommand.self, AlertmanagerCommand.self,
            CompletionCommand.self, ManualCommand.self,
        ], defaultSubcommand: ServerCommand.self)
}

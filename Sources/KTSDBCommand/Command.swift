internal import ArgumentParser
internal import CLibrary
internal import KTSDBServer

/// The program `ktsdb`.
@main
enum Program {
    static func main() async {
        do {
            var command = try Command.parseAsRoot(Array(CommandLine.arguments.dropFirst()))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch let error as StartError {
            complain("ktsdb: \(error)")
            exit(1)
        } catch {
            exit(Self.explain(error))
        }
    }

    /// Prints what the arguments ask for, or what is wrong with them, and returns the exit code.
    private static func explain(_ error: any Error) -> Int32 {
        if Command.exitCode(for: error).isSuccess {
            // The flags are those of the server, which is what the program runs unless told otherwise.
            let asksForHelp = CommandLine.arguments.dropFirst().allSatisfy { ["-h", "--help"].contains($0) }
            print(asksForHelp ? Command.helpMessage(for: ServerCommand.self) : Command.fullMessage(for: error))
            return 0
        }
        let reason = Command.message(for: error)
        complain("ktsdb: \(reason)\(reason.hasSuffix(".") ? "" : ".") Run `ktsdb --help` to see all flags.")
        return 2
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
        abstract: "A time-series database that scrapes, stores and answers PromQL as Prometheus does.",
        version: """
            ktsdb, version \(BuildInformation.version)
              swift version:    \(BuildInformation.swiftVersion)
              platform:         \(BuildInformation.platform)
            """,
        subcommands: [ServerCommand.self, QueryCommand.self, TSDBCommand.self], defaultSubcommand: ServerCommand.self)
}

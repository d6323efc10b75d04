internal import ArgumentParser
internal import CLibrary
internal import KTSDBServer
internal import Logging

/// Runs the server. Its flags are those of Prometheus, those of Alertmanager, and some of its own.
///
/// The server reads its flags itself, into `ServerOptions`, so arguments of the server never reach the argument parser:
/// this command exists only for the list of subcommands.
struct ServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "Run the server (what `ktsdb` does when no subcommand is given).",
        usage: "ktsdb [server] [<flags>]")

    /// The exit code of a server that was stopped while it could not store samples.
    private static let unstoredCode: Int32 = 4

    /// Returns the server's arguments if `arguments` are for it: nothing, flags, or anything that is not another
    /// subcommand.
    static func arguments(in arguments: [String]) -> [String]? {
        guard let first = arguments.first else { return [] }
        if first == configuration.commandName { return Array(arguments.dropFirst()) }
        if first == "help" { return arguments.dropFirst() == ["server"] ? ["--help"] : nil }
        let isOther = Command.configuration.subcommands.contains { $0.configuration.commandName == first }
        return isOther || first.hasPrefix("--generate-completion-script") ? nil : arguments
    }

    /// Does what the arguments ask for, and returns the exit code.
    static func run(_ arguments: [String], as program: ProgramName? = nil) async throws -> Int32 {
        if arguments.contains(where: { ["-h", "--help"].contains($0) }) {
            print(FlagHelp.text)
            return 0
        }
        if arguments.contains("--version") {
            let name = program?.rawValue ?? "ktsdb"
            print("\(name)" + Command.configuration.version.dropFirst("ktsdb".count))
            return 0
        }
        let options = try ServerOptions(arguments: arguments) { SystemCall.environment($0) }
        let log = StartLog()
        let handler = LineLogHandler(format: options.logFormat, level: options.logLevel, start: log)
        LoggingSystem.bootstrap { _ in handler }
        let logger = Logger(label: "ktsdb")
        logger.info("starting ktsdb", metadata: ["version": "\(BuildInformation.version)"])
        for name in options.features.unknown {
            logger.warning("unknown option for --enable-feature", metadata: ["option": "\(name)"])
        }
        for warning in options.warnings { logger.warning("a flag does nothing here", metadata: ["flag": "\(warning)"]) }
        return try await Server(options, logger: logger, log: log).run() == .unstored ? unstoredCode : 0
    }
}

internal import ArgumentParser

/// The commands about the routes of an Alertmanager configuration.
struct RoutesCommand: AmtoolArguments {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "Print the routing tree, or the receivers of an alert.",
        discussion: """
            Arguments and output are those of `amtool config routes`, with subcommands show (the default) and test. The \
            configuration is that of --config.file, or of the server at --server. With --allow-unset, variables in the \
            file need no values.
            """)
    static let words = ["config", "routes"]

    @Argument(parsing: .captureForPassthrough, help: "A subcommand, and its arguments.")
    var arguments: [String] = []

    /// Runs the command. With `--config.file`, no server is preset.
    func run() throws {
        let hasFile = arguments.contains { $0.hasPrefix("--config.file") }
        try AmtoolProgram.run(Self.words + arguments, hasServer: !hasFile)
    }
}

/// Runs amtool's commands with amtool's own arguments.
struct AmtoolSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amtool", abstract: "Do what amtool does: alert, silence, config, cluster, template.")

    @Argument(parsing: .captureForPassthrough, help: "The arguments of amtool.")
    var arguments: [String] = []

    func run() throws { try AmtoolProgram.run(arguments, as: "amtool") }
}

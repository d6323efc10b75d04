internal import ArgumentParser

/// The commands about alerts.
struct AlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "Look at the alerts of a notifier, add some, or explain one.",
        discussion: "Arguments and output of query and add are those of `amtool alert`.",
        subcommands: [AlertQueryCommand.self, AlertAddCommand.self, ExplainAlertCommand.self],
        defaultSubcommand: AlertQueryCommand.self)
}

/// Lists alerts.
struct AlertQueryCommand: AmtoolArguments {
    static let configuration = CommandConfiguration(commandName: "query", abstract: "List alerts.")
    static let words = ["alert", "query"]

    @Argument(parsing: .captureForPassthrough, help: "Matchers and flags, as amtool takes them.")
    var arguments: [String] = []
}

/// Sends an alert.
struct AlertAddCommand: AmtoolArguments {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Send an alert.")
    static let words = ["alert", "add"]

    @Argument(parsing: .captureForPassthrough, help: "Labels and flags, as amtool takes them.")
    var arguments: [String] = []
}

internal import ArgumentParser
internal import KTSDBAlerting
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBServer
internal import KTSDBTools

/// The commands about notifications.
struct NotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Try notifications.", subcommands: [NotifyTestCommand.self])
}

/// Sends an alert to a receiver, or prints what would be sent.
struct NotifyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send an alert to a receiver once, and print the request and the answer.",
        discussion: """
            It contacts no ktsdb server. Secrets are masked. With --dry-run nothing is sent. The alerts \
            are a JSON list as Alertmanager's API takes it.
            """)

    @Option(name: .customLong("config.file"), help: "Alertmanager's configuration file.")
    var configuration = "alertmanager.yml"

    @Option(help: "The name of the receiver.")
    var receiver: String

    @Option(help: "A file with alerts in JSON; - for standard input. Default: an alert named TestAlert.")
    var alert: String?

    @Option(name: .customLong("web.external-url"), help: "Where links in the notification lead.")
    var externalURL = "http://localhost:9090"

    @Flag(name: .customLong("dry-run"), help: "Print the request and send nothing.")
    var isDryRun = false

    @Flag(
        name: .customLong("allow-unset"),
        help: "With --dry-run: list the variables ${NAME} that are not set, and print values with guesses instead.")
    var allowsUnset = false

    @Option(help: "How long an attempt may take.", transform: FlagDuration.init)
    var timeout = FlagDuration(.seconds(30))

    func validate() throws {
        guard isDryRun || !allowsUnset else {
            throw ValidationError("--allow-unset needs --dry-run: sending needs their values")
        }
    }

    func run() async throws {
        let files = ToolFiles(), now = WallTime(milliseconds: Timestamp.now.milliseconds)
        var options = ToolOptions()
        if allowsUnset { options.allowUnsetVariables() }
        let test: NotificationTest
        do {
            var alerts = Array(NotificationTest.example.utf8)
            if let alert { alerts = alert == "-" ? try files.input() : try files.bytes(alert) }
            test = try NotificationTest(
                LoadedNotifierConfiguration.load(configuration, variables: options.variables), receiver: receiver,
                alerts: alerts,
                externalURL: externalURL, at: now)
        } catch {
            throw StartError("\(error)")
        }
        guard !isDryRun else {
            var output = test.preview()
            options.complainOfUnset(to: &output)
            return try AmtoolProgram.print(output)
        }
        let sender = ReceiverSender()
        let output = await test.send(sender, within: timeout.value)
        await sender.close()
        try AmtoolProgram.print(output)
    }
}

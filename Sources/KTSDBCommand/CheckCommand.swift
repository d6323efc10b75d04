internal import ArgumentParser
internal import KTSDBTools

/// The commands that look for mistakes in files.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for mistakes in files, as promtool and amtool do, or ask whether a server is well.",
        discussion: """
            Texts and exit codes are those of promtool and amtool: 0 if all is well, 1 for errors, 3 if a lint finds \
            something with --lint-fatal.
            """,
        subcommands: [
            CheckRulesCommand.self, CheckConfigCommand.self, CheckServiceDiscoveryCommand.self,
            CheckAlertmanagerCommand.self, CheckWebConfigCommand.self, CheckSettingsCommand.self,
            CheckMetricsCommand.self, PromtoolArguments<CheckHealthy>.self, PromtoolArguments<CheckReady>.self,
            CheckLintsCommand.self,
        ])
}

enum CheckHealthy: PromtoolWords { static let words = ["check", "healthy"] }
enum CheckReady: PromtoolWords { static let words = ["check", "ready"] }

/// Checks rule files.
struct CheckRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rules", abstract: "Check rule files.")

    @Argument(help: "The files; standard input if there are none, or for `-`.")
    var files: [String] = []
    @OptionGroup var lints: LintFlags
    @OptionGroup var flags: ToolFlags

    func run() throws {
        let place = ToolFiles(), (options, head) = flags.options()
        let selection = LintSelection(rules: lints.lint, isFatal: lints.isFatal)
        var output = head
        output.add(RuleCheck(selection, place, options).run(files, context: try lints.inputs(place)))
        try AmtoolProgram.print(output)
    }
}

/// Checks configurations of Prometheus.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check Prometheus' configurations and the files that they name.")

    @Argument(help: "The files.")
    var files: [String]
    @Flag(name: .customLong("syntax-only"), help: "Do not check the files that a configuration names.")
    var isSyntaxOnly = false
    @Flag(name: .customLong("agent"), help: .hidden)
    var isAgent = false
    @Option(
        name: .customLong("query.lookback-delta"), help: "How far back the server's queries look.",
        transform: FlagDuration.init)
    var lookback = FlagDuration(.seconds(300))
    @OptionGroup var lints: LintFlags
    @OptionGroup var flags: ToolFlags

    func validate() throws {
        if isAgent { throw ValidationError("ktsdb has no agent mode; leave out --agent") }
    }

    func run() throws {
        let place = ToolFiles(), (options, head) = flags.options()
        let selection = LintSelection(configuration: lints.lint, isFatal: lints.isFatal)
        var check = ConfigurationCheck(selection, place, options), output = head
        check.isSyntaxOnly = isSyntaxOnly
        check.lookback = lookback.value
        output.add(check.run(files, context: try lints.inputs(place)))
        try AmtoolProgram.print(output)
    }
}

/// Prints the targets of a job.
struct CheckServiceDiscoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service-discovery",
        abstract: "Print the targets that the discovery of a job finds, before and after relabelling.")

    @Argument(help: "The configuration of Prometheus.")
    var file: String
    @Argument(help: "The name of the job.")
    var job: String
    @Option(help: "How long to wait for targets.", transform: FlagDuration.init)
    var timeout = FlagDuration(.seconds(30))

    func run() throws {
        var check = ServiceDiscoveryCheck(ToolFiles(), ToolOptions())
        check.timeout = timeout.value
        try AmtoolProgram.print(check.run(file, job: job))
    }
}

/// Checks configurations of Alertmanager.
struct CheckAlertmanagerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alertmanager", abstract: "Check Alertmanager's configurations and their templates.")

    @Argument(help: "The files; standard input if there are none, or for `-`.")
    var files: [String] = []
    @OptionGroup var lints: LintFlags
    @OptionGroup var flags: ToolFlags

    func run() throws {
        let place = ToolFiles(), (options, head) = flags.options()
        // promtool's lints of rules do not apply here.
        let selection = LintSelection(rules: lints.lint, isFatal: lints.isFatal)
        var output = head
        output.add(AlertmanagerCheck(selection, place, options).run(files, context: try lints.inputs(place)))
        try AmtoolProgram.print(output)
    }
}

/// Checks files for `--web.config.file`.
struct CheckWebConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "web-config", abstract: "Check files for --web.config.file: TLS, headers, users.")

    @Argument(help: "The files.")
    var files: [String]

    func run() throws { try AmtoolProgram.print(WebConfigurationCheck.run(files, ToolFiles(), ToolOptions())) }
}

/// Checks metrics.
struct CheckMetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Check metrics on standard input, as a target answers them.")

    @Flag(name: .customLong("extended"), help: "Print how many series each metric has.")
    var isExtended = false
    @Option(help: "What to look for: all or none.")
    var lint = "all"

    func run() throws {
        try AmtoolProgram.print(MetricCheck.run(isExtended: isExtended, lint: lint, ToolFiles()))
    }
}

/// Prints the lints.
struct CheckLintsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lints", abstract: "List all lints: what each finds, and what it needs.")

    func run() throws { try AmtoolProgram.print(LintTable.listing()) }
}

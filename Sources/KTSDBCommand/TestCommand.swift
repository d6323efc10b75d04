internal import ArgumentParser
internal import KTSDBModel
internal import KTSDBTools
internal import PrometheusWire

/// The commands that run tests.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run unit tests.", subcommands: [TestRulesCommand.self])
}

/// Runs unit tests of rules.
struct TestRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Run unit tests of rules, in files as promtool has them.",
        discussion: "Texts and exit codes are those of promtool: 0 if all tests pass, else 1.")

    @Argument(help: "The files.")
    var files: [String]
    @Option(
        name: .customLong("run"), parsing: .singleValue,
        help: "Run only tests whose name matches a regular expression; may be repeated.")
    var patterns: [String] = []
    @Option(help: "A file for the results in the form of JUnit's XML.")
    var junit: String?
    @Flag(name: .customLong("diff"), help: "Show failures as a coloured difference.")
    var showsDifferences = false
    @Flag(name: .customLong("debug"), help: "Print when tests begin and end, and all series at their ends.")
    var debugs = false
    @Flag(name: .customLong("coverage"), help: "List the rules that no test touches.")
    var covers = false
    @Flag(name: .customLong("explain"), help: "Print what rules gave at each step, and why an alert did not fire.")
    var explains = false
    @OptionGroup var flags: ToolFlags

    func run() throws {
        let (options, head) = flags.options()
        var request = RuleTestRequest(), output = head
        request.patterns = patterns.isEmpty ? nil : patterns
        request.junit = junit
        request.showsDifferences = showsDifferences
        request.debugs = debugs
        request.covers = covers
        request.explains = explains
        request.timestamp = String(RFC3339.format(Timestamp.now).prefix(19))
        output.add(RuleTestCheck.run(files, request, files: ToolFiles(), options: options))
        try AmtoolProgram.print(output)
    }
}

internal import ArgumentParser
internal import CLibrary
internal import KTSDBModel
internal import KTSDBTools
internal import PrometheusWire

/// Flags that all checks of rules share.
struct ToolFlags: ParsableArguments {
    @Option(
        name: .customLong("enable-feature"), parsing: .singleValue,
        help: "Parts of PromQL that are off by default, with commas between them, as for the server.")
    var features: [String] = []

    @Flag(name: .customLong("ignore-unknown-fields"), help: "Skip fields of rule files and tests that are not known.")
    var ignoresUnknownFields = false

    @Flag(
        name: .customLong("allow-unset"),
        help: "List the variables ${NAME} that are not set, and accept the values that name them.")
    var allowsUnset = false

    /// The options, and what is printed about the flags.
    func options() -> (options: ToolOptions, output: ToolOutput) {
        var options = ToolOptions()
        let output = options.enable(features)
        options.ignoresUnknownFields = ignoresUnknownFields
        if allowsUnset { options.allowUnsetVariables() }
        return (options, output)
    }
}

/// Flags that choose lints and name what they read besides the files of the command.
struct LintFlags: ParsableArguments {
    @Option(
        help: "What to look for besides errors: all, none, or names with commas between them (`ktsdb check lints`).")
    var lint = "duplicate-rules"

    @Flag(name: .customLong("lint-fatal"), help: "Exit with 3 if a lint finds something.")
    var isFatal = false

    @Option(
        name: .customLong("alertmanager.config.file"),
        help: "Alertmanager's configuration, for lints that compare it with the rules.")
    var notifier: String?

    @Option(parsing: .singleValue, help: "Rule files, for lints of Alertmanager's configuration; a shell pattern.")
    var rules: [String] = []

    @Option(parsing: .singleValue, help: "Unit tests, for the lint untested-alert; a shell pattern.")
    var tests: [String] = []

    @Option(
        help: """
            The metrics that exist, for lints about buckets: a file with what a target answers, or a JSON list of objects \
            with name and buckets.
            """)
    var metrics: String?

    @Option(
        name: .customLong("storage.tsdb.retention.time"), help: "How long samples are kept.",
        transform: FlagDuration.init)
    var retention: FlagDuration?

    /// Returns what lints read besides the files of the command.
    func inputs(_ files: ToolFiles) throws -> LintInputs {
        var inputs = LintInputs()
        do throws(ToolFileError) {
            if let notifier { inputs.notifier = (notifier, try files.text(notifier)) }
            for path in rules.flatMap(files.matching) { inputs.ruleFiles.append((path, try files.text(path))) }
        } catch {
            throw ValidationError("\(error)")
        }
        if let metrics, files.kind(metrics) != .file { throw ValidationError("--metrics: \(metrics) is not a file") }
        inputs.tests = tests.isEmpty ? nil : tests
        inputs.metrics = metrics
        inputs.retention = retention?.value
        return inputs
    }
}

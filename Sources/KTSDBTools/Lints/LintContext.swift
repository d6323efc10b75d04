internal import KTSDBModel

/// The files that lints are to look at.
package struct LintInputs: Sendable {
    /// Rule files that are valid.
    package var ruleFiles: [(path: String, text: String)] = []
    /// Prometheus' configuration.
    package var configuration: (path: String, text: String)?
    /// Alertmanager's configuration.
    package var notifier: (path: String, text: String)?
    /// Patterns of files of unit tests; nil if they are not asked for.
    package var tests: [String]?
    /// A file with the metrics that exist: what a target answers, or a list of metrics with their buckets in JSON.
    package var metrics: String?
    /// How long samples are kept, if the configuration does not say it.
    package var retention: Duration?

    package init() {}
}

/// What lints know of the files.
struct LintContext: Sendable {
    /// All rules, file by file.
    let rules: [LintedRule]
    /// Whether rules were given.
    let hasRules: Bool
    let configuration: LintedConfiguration?
    let notifier: LintedNotifier?
    /// The names of alerts that tests look at; nil if there are no test files.
    let testedAlerts: Set<String>?
    let bounds: BucketBounds
    /// How long samples are kept; nil if nothing says it.
    let retention: Duration?

    init(_ inputs: LintInputs, _ files: ToolFiles, _ options: ToolOptions) {
        configuration = inputs.configuration.map { LintedConfiguration($0.text, path: $0.path, files) }
        let interval = configuration?.evaluationInterval ?? .seconds(60)
        rules = inputs.ruleFiles.flatMap {
            LintedRule.all(in: $0.text, path: $0.path, interval: interval, options)
        }
        hasRules = !inputs.ruleFiles.isEmpty
        notifier = inputs.notifier.flatMap { LintedNotifier($0.text, path: $0.path, files) }
        let tests = inputs.tests.map { LintedTests($0, files) }
        testedAlerts = tests?.alerts
        bounds = BucketBounds(metrics: inputs.metrics, files)
        retention = configuration?.retention ?? inputs.retention
    }
}

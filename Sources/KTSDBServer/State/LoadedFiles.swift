package import KTSDBAlerting
internal import KTSDBAlertingFiles
package import KTSDBConfiguration
internal import KTSDBNotify
internal import KTSDBRules
package import KTSDBScrape
internal import PromQL

/// What the server reads from files: at its start, and again when it is asked to.
package struct LoadedFiles: Sendable {
    /// The configuration file.
    package var configuration: Configuration
    /// ktsdb's own settings.
    package var settings: Settings
    /// The rule files that the configuration names.
    package var rules = RuleFiles()
    /// The configuration of the notifier in this process; nil without one.
    package var notifier: LoadedNotifierConfiguration?

    package init(_ configuration: Configuration, settings: Settings = Settings()) {
        self.configuration = configuration
        self.settings = settings
    }

    /// Reads and checks all files.
    /// - Throws: `ConfigurationError` for the first file that is wrong.
    package init(
        _ options: ServerOptions, sections: [SettingsSections.Row] = SettingsSections.all
    ) throws(ConfigurationError) {
        let path = options.configurationFile
        self.init(
            path.isEmpty ? Configuration() : try Configuration.load(path: path),
            settings: try Settings.load(path: options.settingsFile, sections: sections))
        try readRules(options)
        try readNotifier(options)
    }

    /// Reads the configuration of the notifier, if a flag names one.
    package mutating func readNotifier(_ options: ServerOptions) throws(ConfigurationError) {
        let path = options.alertmanager.configurationFile
        guard !path.isEmpty else { return }
        notifier = try LoadedNotifierConfiguration.load(path, syntax: options.alertmanager.features.syntax)
    }

    /// Reads the rule files that the configuration names.
    package mutating func readRules(_ options: ServerOptions) throws(ConfigurationError) {
        var reading = RuleFile.Options()
        reading.names = configuration.global.names == .legacy ? .classic : .utf8
        reading.interval = configuration.global.evaluationInterval
        reading.language = PromQLRuleLanguage(PromQLEngine(options.engineOptions))
        rules = try RuleFiles(matching: configuration.ruleFiles, reading)
    }
}

internal import KTSDBAlertingFiles
package import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
package import KTSDBScrape

/// A Prometheus configuration that is checked, and not run.
package struct PrometheusFile: Sendable {
    package var configuration: Configuration
    /// What is valid, and what this version does not serve.
    package var unserved: [ConfigurationError]

    /// Reads a text.
    /// - Throws: ``ConfigurationError`` whose reason is promtool's.
    package static func read(
        _ text: String, path: String, _ files: ToolFiles, _ options: ToolOptions
    ) throws(ConfigurationError) -> PrometheusFile {
        do throws(ConfigurationError) {
            try checkFields(text, path, options)
            let place = files.place(path)
            let (configuration, unserved) = try UnservedFields.collecting { () throws(ConfigurationError) in
                try Configuration.parse(text, path: place, variables: options.variables)
            }
            try checkNames(configuration, path, options)
            return PrometheusFile(configuration: configuration, unserved: unserved.map { files.unplaced($0) })
        } catch {
            throw ConfigurationError(file: path, line: error.line, reason: reason(error, text, files, options))
        }
    }

    private static func reason(
        _ error: ConfigurationError, _ text: String, _ files: ToolFiles, _ options: ToolOptions
    ) -> String {
        let reason = GoYAML.problem(text, .two, types: PrometheusSchema.types) ?? files.unplaced(error).reason
        // Prometheus 2 compiled patterns in another way.
        return options.generation == .classic ? reason.replacing("`^(?s:", with: "`^(?:") : reason
    }

    /// Checks the names of fields and the kinds of values.
    private static func checkFields(_ text: String, _ path: String, _ options: ToolOptions) throws(ConfigurationError) {
        guard let document = try YAMLValue.document(text, file: path) else { return }
        try options.variables.reading(document, .prometheus) { (document, _) throws(ConfigurationError) in
            var reading = StrictReading(syntax: .utf8) { _ in nil }
            _ = try reading.section(document, PrometheusSchema.file)
            try reading.finish(path)
        }
    }

    private static func checkNames(
        _ configuration: Configuration, _ path: String, _ options: ToolOptions
    ) throws(ConfigurationError) {
        guard options.generation == .classic else { return }
        let rules = configuration.jobs.flatMap { $0.targetRules + $0.metricRules }
        let statics = configuration.jobs.flatMap(\.sources).compactMap { $0.settings as? StaticTargets }
        let names =
            configuration.global.externalLabels.map(\.name) + rules.flatMap(\.sourceLabels)
            + statics.flatMap(\.groups).flatMap { $0.labels.map(\.name) }
        if let name = names.first(where: { !LabelName.isLegacy($0) }) {
            throw ConfigurationError(file: path, line: nil, reason: "\(goQuoted(name)) is not a valid label name")
        }
        for rule in rules where !rule.targetLabel.isEmpty && !rule.targetLabel.contains("$") {
            guard LabelName.isLegacy(rule.targetLabel) else {
                let reason = "\(goQuoted(rule.targetLabel)) is invalid 'target_label' for \(rule.action) action"
                throw ConfigurationError(file: path, line: nil, reason: reason)
            }
        }
    }
}

extension ToolFiles {
    /// An error with paths as they were given.
    func unplaced(_ error: ConfigurationError) -> ConfigurationError {
        guard !root.isEmpty else { return error }
        return ConfigurationError(
            file: unplaced(error.file), line: error.line, reason: error.reason.replacing(root + "/", with: ""))
    }
}

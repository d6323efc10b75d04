internal import KTSDBAlertingFiles
package import KTSDBConfiguration
package import KTSDBNotify

/// Reads Alertmanager's configuration with the words of amtool.
package enum NotifierFile {
    /// Reads a text.
    /// - Throws: ``ConfigurationError`` whose reason is amtool's.
    package static func read(
        _ text: String, path: String, _ options: ToolOptions
    ) throws(ConfigurationError) -> NotifierConfiguration {
        do throws(ConfigurationError) {
            return try NotifierConfiguration.read(
                text, file: path, variables: options.variables, readZone: TimeZoneFile.read)
        } catch {
            guard let problem = GoYAML.problem(text, .two, types: ["": "config.plain"]) else { throw error }
            throw ConfigurationError(file: path, line: error.line, reason: problem)
        }
    }

    /// Parses the files with templates that a configuration names; a pattern without a match is no error.
    /// - Throws: ``NotificationTemplateError`` in Go's words.
    package static func templates(
        _ configuration: NotifierConfiguration, path: String, _ files: ToolFiles
    ) throws(NotificationTemplateError) -> NotificationTemplates {
        let directory = GoPath.directory(of: path)
        var texts: [(name: String, text: String)] = []
        if configuration.templates.contains(where: LocalFile.isMalformed) {
            throw NotificationTemplateError("syntax error in pattern")
        }
        for file in configuration.templates.flatMap({ files.matching(GoPath.join(directory, $0)) }) {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            do throws(ToolFileError) { texts.append((name, try files.text(file))) } catch {
                throw NotificationTemplateError(error.description)
            }
        }
        return try NotificationTemplates(files: texts)
    }
}

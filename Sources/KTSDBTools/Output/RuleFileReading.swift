package import KTSDBAlertingFiles

/// Reads rule files with the words of promtool.
package struct RuleFileReading: Sendable {
    package let options: ToolOptions
    /// How often a group is evaluated that does not say so.
    package var interval = Duration.seconds(60)

    package init(_ options: ToolOptions) { self.options = options }

    /// Reads a text.
    /// - Throws: ``RuleFileError`` with all problems.
    package func read(_ text: String, file: String) throws(RuleFileError) -> RuleFile {
        var reading = RuleFile.Options()
        reading.names = options.names
        reading.interval = interval
        reading.language = options.language
        reading.ignoresUnknownFields = options.ignoresUnknownFields
        reading.variables = options.variables
        do throws(RuleFileError) { return try RuleFile.read(text, file: file, options: reading) } catch {
            // Prometheus reads a file twice, so that it says this twice.
            guard error.line != nil || error.problems.count == 1, let problem = GoYAML.problem(text, .three) else {
                throw error
            }
            // Prometheus 2 looked for keys that are there twice once, but for those of the file itself.
            let isOnce =
                options.generation == .classic && problem.contains("already defined") && !problem.contains("\"groups\"")
            throw RuleFileError(
                file: file, problems: isOnce ? [problem] : [problem, problem], line: error.line)
        }
    }

    /// Reads a file.
    /// - Throws: ``RuleFileError`` with all problems.
    package func read(_ path: String, in files: ToolFiles) throws(RuleFileError) -> RuleFile {
        let text: String
        do throws(ToolFileError) { text = try files.text(path) } catch {
            throw RuleFileError(file: path, problems: [error.description])
        }
        return try read(text, file: path)
    }
}

internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
package import KTSDBScrape

/// A file with targets for `file_sd_configs`.
package enum TargetFile {
    /// Reads the groups of a file.
    /// - Throws: ``ToolFileError`` in promtool's words.
    package static func groups(_ path: String, _ files: ToolFiles) throws(ToolFileError) -> [TargetGroup] {
        let bytes = try files.bytes(path), ending = GoPath.fileExtension(path)
        let isYAML = [".yml", ".yaml"].contains(ending.lowercased())
        guard isYAML || ending.lowercased() == ".json" else {
            throw ToolFileError("invalid file extension: \(goQuoted(ending))")
        }
        let text = isYAML ? try files.text(path) : ""
        do throws(ConfigurationError) {
            if isYAML { try checkFields(text, path) }
            return try TargetGroup.groups(in: bytes, file: path)
        } catch {
            throw ToolFileError(error.reason)
        }
    }

    private static func checkFields(_ text: String, _ path: String) throws(ConfigurationError) {
        if let problem = GoYAML.problem(text, .two) {
            throw ConfigurationError(file: path, line: nil, reason: problem)
        }
        guard let document = try YAMLValue.document(text, file: path) else { return }
        var reading = StrictReading(syntax: .utf8) { _ in nil }
        for (index, element) in (reading.list(document, "[]*targetgroup.Group") ?? []).enumerated() {
            if element.isNull { throw element.error("nil target group item found (index \(index))") }
            _ = try reading.section(element, PrometheusSchema.targets)
        }
        try reading.finish(path)
    }
}

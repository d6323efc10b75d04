internal import KTSDBConfiguration

/// Values of flags from amtool's own configuration files.
package enum AmtoolPresets {
    /// Reads the files that exist; the first that has a value counts.
    /// - Throws: ``AmtoolProblem`` if one is not a YAML mapping of texts.
    package static func read(_ paths: [String], _ files: ToolFiles) throws(AmtoolProblem) -> [String: String] {
        var presets: [String: String] = [:]
        for path in paths where files.kind(path) == .file {
            do {
                let text = try files.text(path)
                for (key, value) in try YAMLValue.document(text, file: path)?.pairs() ?? [] {
                    // The name that the flag had long ago.
                    let name = key == "comment_required" ? "require-comment" : key
                    if presets[name] == nil { presets[name] = try value.string() }
                }
            } catch {
                throw AmtoolProblem("could not load config file: \(error)")
            }
        }
        return presets
    }
}

/// Checks of the arguments that promtool and amtool make before they do anything.
package enum ToolArguments {
    /// What is wrong with the paths of files, with exit code 1; nil if all are files. `end` follows the reason: promtool
    /// ends in a hint, amtool in an empty line.
    package static func refusal(
        _ paths: [String], _ files: ToolFiles, _ options: ToolOptions, end: String = ", try --help"
    ) -> ToolOutput? {
        for path in paths {
            switch files.kind(path) {
            case .file: continue
            case .missing: return failure("path '\(path)' does not exist" + end, options)
            case .directory:
                let name = path.split(separator: "/").last.map(String.init) ?? path
                return failure("'\(name)' is a directory" + end, options)
            }
        }
        return nil
    }

    /// An error of the whole program, with exit code 1.
    package static func failure(_ reason: String, _ options: ToolOptions) -> ToolOutput {
        var output = ToolOutput()
        output.complain("\(options.program): error: \(reason)")
        output.code = 1
        return output
    }
}

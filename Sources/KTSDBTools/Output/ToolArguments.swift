/// Checks of the arguments that promtool and amtool make before they do anything.
package enum ToolArguments {
    /// What is wrong with the paths of files, with exit code 1; nil if all are files. `hint` follows the reason.
    package static func refusal(
        _ paths: [String], _ files: ToolFiles, _ options: ToolOptions, hint: String = ", try --help"
    ) -> ToolOutput? {
        for path in paths {
            switch files.kind(path) {
            case .file: continue
            case .missing: return failure("path '\(path)' does not exist" + hint, options)
            case .directory:
                let name = path.split(separator: "/").last.map(String.init) ?? path
                return failure("'\(name)' is a directory" + hint, options)
            }
        }
        return nil
    }

    /// An error of the whole program, with exit code 1.
    package static func failure(_ reason: String, _ options: ToolOptions) -> ToolOutput {
        var output = ToolOutput()
        // amtool ends its errors in an empty line.
        output.complain("\(options.program): error: \(reason)" + (options.program == "amtool" ? "\n" : ""))
        output.code = 1
        return output
    }
}

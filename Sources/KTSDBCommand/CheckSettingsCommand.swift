internal import ArgumentParser
internal import KTSDBConfiguration
internal import KTSDBServer
internal import KTSDBTools

/// Checks files of ktsdb's own settings.
struct CheckSettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Check files of ktsdb's own settings, for --ktsdb.config.file.",
        discussion: """
            Files are read as the server reads them, with the variables of this environment. Prints which sections a \
            file has, or its first mistake with the line.
            """)

    @Argument(help: "The files.")
    var files: [String]

    func run() throws {
        var output = ToolOutput()
        for path in files {
            do throws(ConfigurationError) {
                let keys = try Settings.load(path: path).keys
                output.print("\(path) SUCCESS: \(keys.isEmpty ? "no settings" : keys.joined(separator: ", "))")
            } catch {
                output.complain("\(path) FAILED: \(error)")
                output.code = 1
            }
        }
        try AmtoolProgram.print(output)
    }
}

package import KTSDBModel

/// The environment of promtool's commands: files, options, the time, the terminal and servers.
package struct PromtoolEnvironment: Sendable {
    package var files: ToolFiles
    package var options: ToolOptions
    /// Whether the command line is promtool's own, rather than that of a ktsdb command with the same arguments. If so,
    /// the command requires what promtool requires, and prints nothing that promtool would not print.
    package var isPromtool: Bool
    /// The time at the beginning of the command.
    package var now: Timestamp
    /// The width of the terminal, in columns.
    package var columns: Int
    /// Returns the server at an address, with a file of HTTP settings and the timeout of its requests.
    package var connect:
        @Sendable (_ address: ServerAddress, _ settings: String?, _ timeout: Duration) throws(ConnectionProblem) ->
            ToolServer

    package init(
        files: ToolFiles = ToolFiles(), options: ToolOptions = ToolOptions(), isPromtool: Bool = true,
        now: Timestamp = .now, columns: Int = 80,
        connect: @escaping @Sendable (ServerAddress, String?, Duration) throws(ConnectionProblem) -> ToolServer =
            HTTPServers.connect
    ) {
        self.files = files
        self.options = options
        self.isPromtool = isPromtool
        self.now = now
        self.columns = columns
        self.connect = connect
    }
}

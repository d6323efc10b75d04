package import KTSDBModel

/// What commands of promtool know of the world.
package struct PromtoolEnvironment: Sendable {
    package var files: ToolFiles
    package var options: ToolOptions
    /// Whether the command line is promtool's own, and not that of a command of ktsdb with the same arguments: what
    /// promtool insists on is insisted on, and it prints nothing that promtool would not.
    package var isPromtool: Bool
    /// The time at the beginning of the command.
    package var now: Timestamp
    /// How wide the terminal is.
    package var columns: Int
    /// Returns a server at an address, with a file of HTTP settings, that waits so long.
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

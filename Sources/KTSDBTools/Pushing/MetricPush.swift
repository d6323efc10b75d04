package import KTSDBModel

/// `push metrics`: sends metrics to a server that takes remote write.
package struct MetricPush: Sendable {
    private let server: ToolServer
    /// The path of the endpoint, after the server's address.
    private let path: String
    private let headers: [ToolServer.Request.Header]
    private let labels: [(name: String, value: String)]
    private let now: Timestamp

    /// How much of an answer is shown that refuses the metrics, in characters.
    private static let shownLength = 500
    private static let messageHeaders = [
        ToolServer.Request.Header("Content-Type", "application/x-protobuf"),
        ToolServer.Request.Header("Content-Encoding", "snappy"),
        ToolServer.Request.Header("X-Prometheus-Remote-Write-Version", "0.1.0"),
    ]

    package init(
        _ server: ToolServer, path: String, headers: [ToolServer.Request.Header],
        labels: [(name: String, value: String)], now: Timestamp
    ) {
        self.server = server
        self.path = path
        self.headers = headers
        self.labels = labels
        self.now = now
    }

    /// Sends the metrics of files one after the other; those of standard input if there are no files.
    package func run(_ paths: [String], _ files: ToolFiles) -> ToolOutput {
        var output = ToolOutput()
        if paths.isEmpty {
            output.write("Parsing standard input\n")
            push(&output, "metrics") { () throws(ToolFileError) in try files.input() }
        }
        for path in paths {
            output.write("Parsing metrics file \(path)\n")
            push(&output, "metrics file \(path)") { () throws(ToolFileError) in try files.bytes(path) }
        }
        return output
    }

    private func push(_ output: inout ToolOutput, _ what: String, _ read: () throws(ToolFileError) -> [UInt8]) {
        do {
            try send(try PushedMetrics(try read(), labels: labels, now: now).message)
            output.write("  SUCCESS: \(what) pushed to remote write.\n")
        } catch {
            output.complain("  FAILED: \(error)")
            output.code = 1
        }
    }

    private func send(_ message: [UInt8]) throws(ConnectionProblem) {
        var request = ToolServer.Request("POST", path, body: message)
        request.headers = Self.messageHeaders + headers
        let answer = try server.send(request)
        guard answer.status / 100 != 2 else { return }
        let text = answer.text.split(separator: "\n").joined(separator: " ").prefix(Self.shownLength)
        throw ConnectionProblem("server returned HTTP status \(answer.status): \(text)")
    }
}

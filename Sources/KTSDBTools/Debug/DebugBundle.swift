package import KTSDBModel

/// `debug all` and `debug metrics`: collects information for finding problems of a server in a compressed archive.
///
/// The server masks secrets in its configuration; no other files of the server are collected.
package struct DebugBundle: Sendable {
    /// A page of a server, and the name of its file in the archive.
    package struct Page: Hashable, Sendable {
        package var path: String
        package var file: String
        /// Whether the archive is not written if the page is missing. Other pages may be missing on older or newer
        /// servers.
        package var isRequired = false
    }

    package static let metrics = [Page(path: "/metrics", file: "metrics.txt", isRequired: true)]

    /// The metrics, and pages about the server's status, configuration, targets and alerts.
    package static let all =
        metrics
        + [
            "status/config", "status/flags", "status/runtimeinfo", "status/buildinfo", "status/tsdb",
            "status/tsdb/blocks", "status/walreplay", "status/active_queries", "features", "notifications",
            "scrape_pools", "targets", "rules", "alerts", "alertmanagers",
        ].map { Page(path: "/api/v1/\($0)", file: $0.replacing("/", with: "_") + ".json") }

    private let server: ToolServer
    private let headers: [ToolServer.Request.Header]
    private let now: Timestamp

    package init(_ server: ToolServer, headers: [ToolServer.Request.Header], now: Timestamp) {
        self.server = server
        self.headers = headers
        self.now = now
    }

    /// Collects pages into the file `path`, and prints progress.
    package func run(_ pages: [Page], into path: String, _ files: ToolFiles) -> ToolOutput {
        var output = ToolOutput(), archive = TarArchive()
        do {
            for page in pages {
                output.print("collecting: \(server.address)\(page.path)")
                guard let content = try content(of: page, &output) else { continue }
                archive.add(page.file, content, seconds: now.milliseconds / 1000)
            }
            try files.write(archive.finished(), to: path)
            output.print("Compiling debug information complete, all files written in \(goQuoted(path)).")
        } catch {
            output.complain("error completing debug command: \(error)")
            output.code = 1
        }
        return output
    }

    private func content(of page: Page, _ output: inout ToolOutput) throws(ConnectionProblem) -> [UInt8]? {
        let answer: ToolServer.Answer
        do throws(ConnectionProblem) {
            answer = try server.send(ToolServer.Request("GET", page.path, headers: headers))
        } catch {
            throw ConnectionProblem("error executing HTTP request: \(error)")
        }
        if answer.status == 200, answer.body.count <= TarArchive.sizeLimit { return answer.body }
        guard page.isRequired || answer.status == 401 || answer.status == 403 else {
            output.print("left out: \(page.path), which has status \(answer.status)")
            return nil
        }
        throw ConnectionProblem("\(server.address)\(page.path) has status \(answer.status)")
    }
}

internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Where a snapshot, a backup or a clone comes from: a directory that no server uses, or the server that uses it.
struct SnapshotSource: ParsableArguments {
    @Option(help: "The directory of the database.")
    var data: String

    @Option(
        help: """
            The URL, including its route prefix, of the server that uses the directory; it needs --web.enable-admin-api. \
            Without it, no server may be using the directory.
            """)
    var server: String?

    @Flag(name: .customLong("skip-head"), help: "Leave out what is not in blocks yet.")
    var skipHead = false

    /// Opens the directory for writing, without maintenance.
    func open() throws -> Database {
        try StoredDatabase.withoutMaintenance(data, hint: " Or give its URL with --server.")
    }

    /// Has the server make a snapshot, and returns its name.
    func serverSnapshot(_ server: String) async throws -> String {
        let form = [(name: "skip_head", value: skipHead ? "true" : "false")]
        let answer = try await ServerQuestion(
            server: server, path: "admin/tsdb/snapshot", form: form, wantsText: false
        ).ask()
        do throws(JSONTreeParser.Problem) {
            if let name = try JSONTreeParser.parse(Array(answer.utf8))["data"]?["name"]?.text, !name.contains("/") {
                return name
            }
        } catch { throw StartError("\(server) answers with invalid JSON: \(error)") }
        throw StartError("\(server) does not say the name of the snapshot: \(answer)")
    }

    /// Has the server make a snapshot, calls `body` with its directory, and removes it.
    func withServerSnapshot<Value>(_ server: String, _ body: (String) throws -> Value) async throws -> Value {
        let directory = "\(data)/snapshots/\(try await serverSnapshot(server))"
        guard (try? POSIXFileSystem().exists(directory)) ?? false else {
            throw StartError("\(server) made a snapshot, but not in \(data): give the directory that the server uses")
        }
        defer { Database.removeSnapshot(directory) }
        return try body(directory)
    }
}

internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Undoes a deletion.
struct UndeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Undo a deletion whose samples are not removed from the disk yet.",
        discussion: """
            `ktsdb tsdb deletions` lists them. No server may be using the directory; a running server does the same on POST \
            to /api/v1/admin/tsdb/undelete_series.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Argument(help: "The number of the deletion.")
    var id: UInt64

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let database = try StoredDatabase.deleting(data)
        defer { try? database.close() }
        do throws(DeletionError) { try database.undelete(id) } catch { throw StartError("\(error)") }
        if json { JSONTree.members([("undone", .integer(id))]).print() } else { print("Deletion \(id) is undone.") }
    }
}

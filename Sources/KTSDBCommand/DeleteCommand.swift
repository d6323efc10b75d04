internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBServer
internal import PromQL
internal import PrometheusWire

/// Deletes samples of series.
struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete the samples of series.",
        discussion: """
            The samples are hidden, and can be brought back with `ktsdb tsdb undelete`, until a server or `ktsdb tsdb \
            reclaim` removes them. No server may be using the directory; a running server does the same on POST to \
            /api/v1/admin/tsdb/delete_series.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Argument(help: "Selectors of series, such as 'up{job=\"old\"}'; a series is deleted if one of them matches it.")
    var selectors: [String]

    @Option(help: "The time of the first sample to delete: seconds since 1970 or RFC 3339. Default: the earliest.")
    var start: String?

    @Option(help: "The time of the last sample to delete. Default: the latest.")
    var end: String?

    @Flag(help: "Remove everything that is deleted from the disk, so that nothing can be undone.")
    var reclaim = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let lists = try selectors.map(Self.matchers)
        let first = try Self.time(start, "--start") ?? .earliest, last = try Self.time(end, "--end") ?? .latest
        guard first <= last else { throw StartError("--end is before --start") }
        let database = try StoredDatabase.deleting(data)
        defer { try? database.close() }
        do throws(DeletionError) {
            let deletion = try database.delete(matching: lists, in: first...last)
            if json {
                let reclaimed = try reclaim ? ReclaimCommand.json(database.reclaim()) : nil
                return JSONTree.members([
                    ("deletion", deletion.map { JSONTree.integer($0.id) } ?? .null), ("reclaimed", reclaimed),
                ])
                .print()
            }
            print(
                deletion.map { "Deletion \($0.id): the samples are hidden." }
                    ?? "Nothing is stored of these series in this range of time.")
            if reclaim { ReclaimCommand.print(try database.reclaim()) }
        } catch { throw StartError("\(error)") }
    }

    private static func matchers(_ text: String) throws -> [LabelMatcher] {
        do throws(ParseErrors) { return try parseSelector(text) } catch { throw StartError("\(text): \(error)") }
    }

    private static func time(_ text: String?, _ option: String) throws -> Timestamp? {
        guard let text else { return nil }
        do throws(ParameterError) { return try APIParameter.time(text) } catch {
            throw StartError("\(option): \(error)")
        }
    }
}

internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Removes deleted samples from the disk.
struct ReclaimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reclaim", abstract: "Remove deleted samples from the disk, so that nothing can be undone.",
        discussion: """
            Blocks are written again without what is deleted, one after the other; the disk needs room for one of them. No \
            server may be using the directory; a running server does the same on POST to \
            /api/v1/admin/tsdb/clean_tombstones.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let database = try StoredDatabase.deleting(data)
        defer { try? database.close() }
        let report: ReclaimReport
        do throws(DeletionError) { report = try database.reclaim() } catch { throw StartError("\(error)") }
        if json { Self.json(report).print() } else { Self.print(report) }
    }

    static func json(_ report: ReclaimReport) -> JSONTree {
        .members([
            ("removedSamples", .integer(report.removedSamples)), ("removedBlocks", .integer(report.removedBlocks)),
            ("rewrittenBlocks", .integer(report.rewrittenBlocks)),
            ("leftOutBlocks", .array(report.leftOut.map { .string(String($0, radix: 16)) })),
        ])
    }

    /// Prints what was removed.
    static func print(_ report: ReclaimReport) {
        Swift.print(
            """
            Removed samples: \(report.removedSamples). Blocks: \(report.removedBlocks) removed, \
            \(report.rewrittenBlocks) written again.
            """)
        guard !report.leftOut.isEmpty else { return }
        let numbers = report.leftOut.map { String($0, radix: 16) }.joined(separator: ", ")
        Swift.print("Blocks that could not be read, and stay as they are: \(numbers).")
    }
}

internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer

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

    func run() throws {
        let database = try StoredDatabase.deleting(data)
        defer { try? database.close() }
        do throws(DeletionError) { Self.print(try database.reclaim()) } catch { throw StartError("\(error)") }
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

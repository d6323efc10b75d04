internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBServer
internal import PrometheusWire

/// The commands that work on the directory of a database.
struct TSDBCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tsdb", abstract: "Work on the directory of a database.",
        subcommands: [
            ListBlocksCommand.self, AnalyzeCommand.self, DumpCommand.self, DumpOpenMetricsCommand.self,
            ExportCommand.self, ImportCommand.self, SnapshotCommand.self, BackupCommand.self, ListBackupsCommand.self,
            RestoreCommand.self, CloneCommand.self, CompactCommand.self,
            DeleteCommand.self, ListDeletionsCommand.self, UndeleteCommand.self, ReclaimCommand.self,
            RetentionCommand.self, DropFutureCommand.self, ListSetAsideCommand.self, RestoreSetAsideCommand.self,
            VerifyCommand.self, ScrubCommand.self, RepairCommand.self,
        ])
}

/// Removes samples that came while the clock was wrong.
struct DropFutureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop-future",
        abstract: "Remove samples that are ahead of the clock, because they came while it was wrong.",
        discussion: """
            Make sure that the clock is right. No server may be using the directory; a running server does the same on POST \
            to /api/v1/admin/tsdb/drop_future.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Option(help: "How far ahead of the clock a sample may be without being removed.", transform: FlagDuration.init)
    var ahead = FlagDuration(.seconds(600))

    func run() throws {
        let database = try StoredDatabase.withoutMaintenance(data)
        defer { try? database.close() }
        do throws(DropFutureError) {
            let report = try database.dropFuture(ahead: ahead.value)
            print(
                """
                Removed samples after \(RFC3339.format(Timestamp(milliseconds: report.limit))): \(report.removedSamples). \
                Blocks: \(report.removedBlocks) removed, \(report.rewrittenBlocks) written again.
                """)
        } catch {
            throw StartError("\(error)")
        }
    }
}

internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import KTSDBTools
internal import PrometheusWire

/// Makes a backup.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Add a backup to a directory of backups, which may be on another disk.",
        discussion: """
            Only blocks that the directory lacks are copied, and all that is copied is compared with its checksums. Whatever \
            fails, the backups before this one are as they were.

              ktsdb tsdb backup --data data --server http://127.0.0.1:9090 --keep 14 /mnt/backups
            """)

    @OptionGroup
    var source: SnapshotSource

    @Argument(help: "The directory of backups; the first backup creates it.")
    var store: String

    @Option(help: "How many backups to keep, the newest ones, this one included. Default: all.")
    var keep: Int?

    @OptionGroup
    var flags: StorageFlags

    func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep is at least 1") }
    }

    func run() async throws {
        let bar = flags.progress(), store = BackupStore(path: store)
        func show(_ progress: CopyProgress) { bar.show(progress.bytes, of: progress.total) }
        let report: BackupReport
        do {
            if let server = source.server {
                report = try await source.withServerSnapshot(server) { directory in
                    try store.add(snapshot: directory, keeping: keep, progress: show)
                }
            } else {
                let database = try source.open()
                defer { try? database.close() }
                report = try database.backup(to: store, keeping: keep, skipHead: source.skipHead, progress: show)
            }
        } catch let error as BackupError {
            bar.finish()
            throw StartError("\(error)")
        }
        bar.finish()
        flags.print(
            .members([
                ("backup", BackupText.json(report.backup)), ("copiedBlocks", .integer(report.copiedBlocks)),
                ("copiedBytes", .integer(report.copiedBytes)),
                ("removedBackups", .array(report.removedBackups.map { .string($0) })),
                ("removedBlocks", .integer(report.removedBlocks)),
            ]),
            """
            Backup \(report.backup.name): \(report.backup.blocks) blocks, \(HumanText.bytes(report.backup.byteCount)). \
            Copied: \(report.copiedBlocks) blocks, \(HumanText.bytes(report.copiedBytes)). \
            Removed: \(report.removedBackups.count) backups, \(report.removedBlocks) blocks.
            """)
    }
}

/// Prints backups.
enum BackupText {
    static func json(_ backup: Backup) -> JSONTree {
        .members([
            ("name", .string(backup.name)), ("blocks", .integer(backup.blocks)), ("bytes", .integer(backup.byteCount)),
            ("samples", .integer(backup.samples)), ("minTime", backup.minTime.map { .integer($0) }),
            ("maxTime", backup.maxTime.map { .integer($0) }), ("sequence", .integer(backup.sequence)),
            ("damage", backup.damage.map { .string($0) }),
        ])
    }

    static func line(_ backup: Backup) -> String {
        if let damage = backup.damage { return "\(backup.name)  \(damage)" }
        return
            "\(backup.name)  \(backup.blocks) blocks, \(HumanText.bytes(backup.byteCount)), \(backup.samples) samples"
    }
}

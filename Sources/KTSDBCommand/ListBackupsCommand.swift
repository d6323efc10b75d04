internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Lists, checks and removes backups.
struct ListBackupsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-backups", abstract: "List the backups in a directory of backups.",
        discussion: "Ends with 1 if a backup is damaged.")

    @Argument(help: "The directory of backups.")
    var store: String

    @Flag(help: "Read all blocks and compare them with their checksums.")
    var verify = false

    @Option(help: "Remove all but this many backups, the newest ones, first.")
    var keep: Int?

    @OptionGroup
    var flags: StorageFlags

    func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep is at least 1") }
    }

    func run() throws {
        let store = BackupStore(path: store), bar = flags.progress()
        var damage: [String] = []
        do throws(BackupError) {
            if let keep { try store.prune(keeping: keep) }
            let backups = try store.list()
            damage = backups.compactMap { backup in backup.damage.map { "\(backup.name): \($0)" } }
            if verify, damage.isEmpty {
                damage = try store.verify { bar.show($0.bytes, of: $0.total) }
                bar.finish()
            }
            flags.print(
                .members([
                    ("backups", .array(backups.map(BackupText.json))),
                    ("damage", .array(damage.map { .string($0) })),
                ]),
                backups.isEmpty ? "There are no backups." : backups.map(BackupText.line).joined(separator: "\n"))
        } catch {
            bar.finish()
            throw StartError("\(error)")
        }
        if !flags.json { for line in damage { ProgressBar.complain(line) } }
        if !damage.isEmpty { throw ExitCode(1) }
    }
}

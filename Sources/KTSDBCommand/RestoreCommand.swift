internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Restores a backup.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Restore a backup to a directory that is empty or does not exist.",
        discussion: """
            All bytes are compared with their checksums. Until the restore has ended, no server starts in the directory.
            """)

    @Argument(help: "The directory of backups.")
    var store: String

    @Argument(help: "The directory of the new database.")
    var target: String

    @Option(help: "The name of the backup, as `ktsdb tsdb list-backups` prints it. Default: the newest.")
    var backup: String?

    @Flag(help: "Make hard links to the blocks where the disk allows, instead of copying and checking them.")
    var link = false

    @OptionGroup
    var flags: StorageFlags

    func run() throws {
        let bar = flags.progress()
        do throws(BackupError) {
            let restored = try BackupStore(path: store).restore(backup, to: target, links: link) {
                bar.show($0.bytes, of: $0.total)
            }
            bar.finish()
            flags.print(BackupText.json(restored), BackupText.line(restored))
        } catch {
            bar.finish()
            throw StartError("\(error)")
        }
    }
}

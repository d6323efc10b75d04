internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Clones a database.
struct CloneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone", abstract: "Make a database of its own that has what this one has now.",
        discussion: """
            Blocks are hard-linked where the disk allows, and copied otherwise. For a clone of an earlier moment, restore a \
            backup with --link.
            """)

    @OptionGroup
    var source: SnapshotSource

    @Argument(help: "The directory of the new database, which is empty or does not exist.")
    var target: String

    @OptionGroup
    var flags: StorageFlags

    func run() async throws {
        let bar = flags.progress(), target = target
        func show(_ progress: CopyProgress) { bar.show(progress.bytes, of: progress.total) }
        do {
            if let server = source.server {
                try await source.withServerSnapshot(server) { directory in
                    try Database.clone(snapshot: directory, to: target, progress: show)
                }
            } else {
                let database = try source.open()
                defer { try? database.close() }
                try database.clone(to: target, skipHead: source.skipHead, progress: show)
            }
        } catch let error as BackupError {
            bar.finish()
            throw StartError("\(error)")
        }
        bar.finish()
        flags.print(.members([("path", .string(target))]), target)
    }
}

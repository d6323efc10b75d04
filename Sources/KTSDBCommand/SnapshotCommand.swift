internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Makes a snapshot.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Make a snapshot: a directory with hard links to all blocks.",
        discussion: "It is in snapshots/ of the data directory, and can be opened or copied.")

    @OptionGroup
    var source: SnapshotSource

    @OptionGroup
    var flags: StorageFlags

    func run() async throws {
        let name: String
        if let server = source.server {
            name = try await source.serverSnapshot(server)
        } else {
            let database = try source.open()
            defer { try? database.close() }
            do throws(SnapshotError) { name = try database.snapshot(skipHead: source.skipHead) } catch {
                throw StartError("\(error)")
            }
        }
        let path = "\(source.data)/snapshots/\(name)"
        flags.print(.members([("name", .string(name)), ("path", .string(path))]), path)
    }
}

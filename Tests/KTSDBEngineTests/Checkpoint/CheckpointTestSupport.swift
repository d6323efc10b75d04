import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Databases on a simulated disk whose checkpoints a test provokes.
enum CheckpointTestSupport {
    static let path = "/data"

    /// Nothing happens by itself; a checkpoint is due with every byte of the log.
    static func configuration() -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.diskReserveByteLimit = 0
        configuration.runsMaintenance = false
        configuration.outOfOrderWindow = .zero
        configuration.checkpointLogByteLimit = 1
        configuration.wallClock = { 1_700_000_000_000 }
        return configuration
    }

    static func open(_ files: any FileSystem) throws(OpenError) -> Database {
        try Database(files: files, path: path, configuration: configuration())
    }

    static func contents(_ database: Database) throws -> [Labels: [UInt64]] {
        try `A database`.bits(`A database`.contents(database.readView()))
    }

    /// The files of checkpoints, in the order of their names.
    static func files(of disk: SimulatedFileSystem) -> [String] {
        disk.snapshot.keys.filter { $0.hasPrefix("\(path)/checkpoints/") }.sorted()
    }

    /// What the MANIFEST says of the checkpoints, oldest first.
    static func records(of disk: SimulatedFileSystem) throws -> [CheckpointRecord] {
        try Manifest.open(fileSystem: disk.processEndImage(), directory: path).state.checkpoints
    }
}

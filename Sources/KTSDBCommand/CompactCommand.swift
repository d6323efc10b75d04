internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import PrometheusWire

/// Compacts blocks.
struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Compact all blocks for which that is due.",
        discussion: "A server does it by itself. No server may be using the directory.")

    @Option(help: "The directory of the database.")
    var data: String

    @OptionGroup
    var flags: StorageFlags

    func run() throws {
        let database = try StoredDatabase.withoutMaintenance(data)
        defer { try? database.close() }
        let before = database.statistics.blocks, count: Int
        do throws(CompactionError) { count = try database.compact() } catch { throw StartError("\(error)") }
        let after = database.statistics.blocks
        flags.print(
            .members([("compactions", .integer(count)), ("before", .integer(before)), ("after", .integer(after))]),
            "Compactions: \(count). Blocks: \(before) before, \(after) now.")
    }
}

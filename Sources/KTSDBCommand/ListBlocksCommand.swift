internal import ArgumentParser
internal import KTSDBTools

/// Lists the blocks of a database.
struct ListBlocksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the blocks of a database.",
        discussion: """
            A server may be using the directory. Ends with 1 if a block is damaged, which is then left out.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Flag(name: [.customShort("r"), .long], help: "Print times and sizes for people.")
    var humanReadable = false

    @OptionGroup
    var flags: StorageFlags

    func run() throws {
        let stored = try StoredView.open(data)
        if flags.json {
            flags.print(BlockListing.json(stored), "")
        } else {
            print(BlockListing.text(stored, isHuman: humanReadable), terminator: "")
        }
        try stored.checkWhole()
    }
}

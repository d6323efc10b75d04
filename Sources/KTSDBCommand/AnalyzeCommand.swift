internal import ArgumentParser
internal import KTSDBServer
internal import KTSDBTools

/// Analyses what takes room in a database.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze", abstract: "Show which labels and metrics have the most series, churn and bytes.",
        discussion: """
            Reads all samples that are chosen. A server may be using the directory. Bytes are those of the blocks, divided \
            by samples. Ends with 1 if a block is damaged, which is then left out.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Option(help: "How many entries each list has.")
    var limit = 20

    @OptionGroup
    var selection: SelectionFlags

    @OptionGroup
    var flags: StorageFlags

    func run() throws {
        let stored = try StoredView.open(data), bar = flags.progress(.series)
        let lists = try selection.matchers(), range = try selection.range()
        let analysis: StorageAnalysis
        do throws(StorageProblem) {
            analysis = try StorageAnalysis(stored, lists, in: range, limit: max(0, limit)) { bar.show($0) }
        } catch { throw StartError("\(error)") }
        bar.finish()
        if flags.json { flags.print(analysis.json, "") } else { print(analysis.text, terminator: "") }
        try stored.checkWhole()
    }
}

internal import ArgumentParser
internal import KTSDBServer
internal import KTSDBTools

/// Prints samples as promtool does.
struct DumpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump", abstract: "Print samples, a line each, as promtool's `tsdb dump` does.",
        discussion: """
            A server may be using the directory. Ends with 1 if a block is damaged, which is then left out.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @OptionGroup
    var selection: SelectionFlags

    func run() throws {
        let output: ExportOutput
        do throws(StorageProblem) { output = try ExportOutput(nil) } catch { throw StartError("\(error)") }
        let bar = ProgressBar(.samples, isShown: false)
        try ExportCommand.write(.dump, data, selection, bar, to: output).stored.checkWhole()
    }
}

/// Prints samples as OpenMetrics text.
struct DumpOpenMetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump-openmetrics", abstract: "Print samples as OpenMetrics text.",
        discussion: """
            Histograms and staleness markers have no place in it and are left out. A server may be using the directory. \
            Ends with 1 if a block is damaged, which is then left out.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @OptionGroup
    var selection: SelectionFlags

    func run() throws {
        let output: ExportOutput
        do throws(StorageProblem) { output = try ExportOutput(nil) } catch { throw StartError("\(error)") }
        let bar = ProgressBar(.samples, isShown: false)
        try ExportCommand.write(.format(.openmetrics), data, selection, bar, to: output).stored.checkWhole()
    }
}

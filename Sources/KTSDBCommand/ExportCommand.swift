internal import ArgumentParser
internal import KTSDBServer
internal import KTSDBTools
internal import PrometheusWire

extension SampleFormat: ExpressibleByArgument {}

/// Writes samples to a file.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write samples as OpenMetrics text, CSV or lines of JSON.",
        discussion: """
            A server may be using the directory. The file gets its name when it is complete; one whose name ends in .gz is \
            compressed. JSON lines keep everything; the other formats have no place for native histograms, and OpenMetrics \
            has none for staleness markers. Ends with 1 if a block is damaged, which is then left out.

              ktsdb tsdb export --data data --match '{job="api"}' api.jsonl.gz
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Argument(help: "The file. Default: standard output.")
    var file: String?

    @Option(help: "The format. Default: what the file's name says, or jsonl.")
    var format: SampleFormat?

    @OptionGroup
    var selection: SelectionFlags

    @OptionGroup
    var flags: StorageFlags

    func run() throws {
        let format = format ?? file.flatMap(SampleFormat.init(path:)) ?? .jsonl, output: ExportOutput
        if file?.hasSuffix(".zst") ?? false { throw StartError("an export is compressed as .gz, not as .zst") }
        do throws(StorageProblem) { output = try ExportOutput(file) } catch { throw StartError("\(error)") }
        let (report, stored) = try Self.write(.format(format), data, selection, flags.progress(.samples), to: output)
        if file != nil {
            flags.print(
                .members([
                    ("series", .integer(report.series)), ("samples", .integer(report.samples)),
                    ("histograms", .integer(report.histograms)),
                    ("skippedHistograms", .integer(report.skippedHistograms)),
                    ("skippedStalenessMarkers", .integer(report.skippedMarkers)),
                    ("bytes", .integer(output.byteCount)),
                ]),
                "\(report.series) series, \(report.samples) samples, \(report.histograms) histograms.")
        }
        try stored.checkWhole()
    }

    /// Writes samples of a directory to `output`, and complains about what the form has no place for.
    static func write(
        _ form: SeriesExport.Form, _ data: String, _ selection: SelectionFlags, _ bar: ProgressBar,
        to output: ExportOutput
    ) throws -> (report: SeriesExport.Report, stored: StoredView) {
        var export = SeriesExport(form, to: output), stored: StoredView
        do {
            let lists = try selection.matchers(), range = try selection.range()
            stored = try StoredView.open(data)
            do throws(StorageProblem) {
                try export.run(stored, lists, in: range) { bar.show(UInt64($0.samples)) }
                try output.finish()
            } catch { throw StartError("\(error)") }
        } catch {
            bar.finish()
            output.discard()
            throw error
        }
        bar.finish()
        if let problem = export.report.metadataProblem {
            ProgressBar.complain("warning: what metrics are was left out: \(problem)")
        }
        let skipped = export.report.skippedHistograms
        if skipped > 0 { ProgressBar.complain("\(skipped) native histograms were left out; jsonl keeps them") }
        return (export.report, stored)
    }
}

internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer
internal import KTSDBTools
internal import PrometheusWire

/// Stores samples from files.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Store samples from OpenMetrics text, CSV or lines of JSON.",
        discussion: """
            Creates the database if the directory does not exist. No server may be using it. Samples may be of any age and \
            in any order. Those that are stored already are left out, so that an import that was interrupted can be \
            repeated. Where another value is stored, it stays, unless --replace is given. Files whose names end in .gz or \
            .zst are unpacked; - is standard input. Nothing of a malformed line, and of those after it, is stored. Ends \
            with 1 if samples were refused.
            """)

    @Option(help: "The directory of the database.")
    var data: String

    @Argument(help: "The files.")
    var files: [String]

    @Option(help: "The format. Default: what each file's name says.")
    var format: SampleFormat?

    @Flag(help: "Let samples replace others that are stored at their times.")
    var replace = false

    @OptionGroup
    var flags: StorageFlags

    func run() throws {
        let formats = try files.map { file in
            guard let format = format ?? SampleFormat(path: file) else {
                throw StartError("\(file): the name does not say its format; give --format")
            }
            return format
        }
        let database: Database
        do throws(OpenError) { database = try Database(path: data) } catch { throw StartError("\(error)") }
        defer { try? database.close() }
        var total = SeriesImport.Report()
        let bar = flags.progress()
        for (file, format) in zip(files, formats) {
            var reader = SeriesImport(format, into: database, replaces: replace)
            do throws(StorageProblem) {
                let input = try LineInput(file)
                try reader.run(input, file) { _ in
                    bar.show(UInt64(input.readBytes), of: input.totalBytes.map { UInt64($0) })
                }
            } catch {
                bar.finish()
                throw StartError("\(error). What comes before that is stored.")
            }
            let report = reader.report
            total.read += report.read
            total.stored += report.stored
            total.repeated += report.repeated
            total.refused.merge(report.refused, uniquingKeysWith: +)
        }
        bar.finish()
        do throws(StorageFault) { try database.close() } catch { throw StartError("\(error)") }
        let refused = total.refused.sorted { $0.key < $1.key }
        flags.print(
            .members([
                ("read", .integer(total.read)), ("stored", .integer(total.stored)),
                ("repeated", .integer(total.repeated)),
                ("refused", .object(refused.map { JSONTree.Member($0.key, .integer($0.value)) })),
            ]),
            "\(total.stored) of \(total.read) samples stored, \(total.repeated) were there already."
                + refused.map { "\nRefused: \($0.value), \($0.key)." }.joined())
        if total.refusedCount > 0 { throw ExitCode(1) }
    }
}

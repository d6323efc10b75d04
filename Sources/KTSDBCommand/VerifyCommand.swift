internal import ArgumentParser
internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBServer
internal import PrometheusWire

/// Reads everything in a data directory and says what is damaged.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read everything in a data directory, and list what is damaged.",
        discussion: """
            Nothing is changed. No server may be using the directory; a running server lists what is damaged at \
            /api/v1/status/damage. Ends with 0 if everything is sound, 1 if damage was found, and 2 if the directory could \
            not be read.
            """)

    @OptionGroup
    var search: DamageSearch

    func run() throws {
        try search.run({ try StoredDatabase.reading($0) }) { _, damage in
            DamageText.print(damage, asJSON: search.json)
            return damage
        }
    }
}

/// Reads everything in a data directory, as a server does in the background, and remembers what is damaged.
struct ScrubCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub", abstract: "Read everything in a data directory, and remember what is damaged.",
        discussion: """
            This is the pass that a server makes once a week: what is damaged in blocks is stored with the time at which it \
            was found, for /api/v1/status/damage, and forgotten if it is whole again. The MANIFEST and checkpoints are \
            written again if they are damaged. Blocks stay as they are; `repair` writes them again. No server may be using \
            the directory. Ends with 0 if everything is sound, 1 if damage was found, and 2 if the directory could not be \
            opened.
            """)

    @OptionGroup
    var search: DamageSearch

    func run() throws {
        try search.run({ try StoredDatabase.withoutMaintenance($0) }) { database, damage in
            DamageSearch.replaceCheckpoints(of: database, damage)
            DamageText.print(damage, asJSON: search.json)
            return damage
        }
    }
}

/// Puts right what is damaged in a data directory.
struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair", abstract: "Write damaged blocks again without what cannot be read.",
        discussion: """
            Everything is read first. Damaged files are kept in set-aside/ of the directory; nothing is deleted. No server may \
            be using the directory. Ends with 0 if everything was sound, 1 if damage was found, whether or not it could be \
            repaired, and 2 if the directory could not be opened.
            """)

    @OptionGroup
    var search: DamageSearch

    func run() throws {
        try search.run({ try StoredDatabase.withoutMaintenance($0) }) { database, _ in
            let report = database.repair()
            DamageSearch.replaceCheckpoints(of: database, report.damage)
            if search.json { DamageText.printJSON(report) } else { DamageText.print(report) }
            return report.damage
        }
    }
}

/// What the commands that look for damage share.
struct DamageSearch: ParsableArguments {
    @Option(help: "The directory of the database.")
    var data: String

    @Flag(help: "Print JSON.")
    var json = false

    /// Opens the database, reads everything in it, and passes it with what is damaged to `report`, which prints that
    /// and returns what was damaged in the end.
    ///
    /// - Throws: `ExitCode`: 2 if the database cannot be opened, which is printed; 1 if something was damaged.
    func run(
        _ open: (String) throws -> Database, _ report: (Database, [DamagedUnit]) -> [DamagedUnit]
    ) throws {
        let database: Database
        do { database = try open(data) } catch { throw DamageText.couldNotRun(error) }
        defer { try? database.close() }
        let bar = ProgressBar(.bytes, isShown: !json)
        let damage = database.scrub { bar.show($0, of: $1) }
        bar.finish()
        if !report(database, damage).isEmpty { throw ExitCode(1) }
    }

    /// Writes two checkpoints if something is damaged outside of blocks: it is in memory, and both of those that are
    /// kept need it.
    static func replaceCheckpoints(of database: Database, _ damage: [DamagedUnit]) {
        for _ in 0..<2 where damage.contains(where: { $0.kind == .log || $0.kind == .checkpoint }) {
            database.maintain()
        }
    }
}

/// Damage as text and as JSON.
enum DamageText {
    /// Prints why a command could not run, and returns its exit code.
    static func couldNotRun(_ error: any Error) -> ExitCode {
        _ = SystemCall.writeBytes(STDERR_FILENO, Array("ktsdb: \(error)\n".utf8))
        return ExitCode(2)
    }

    static func print(_ damage: [DamagedUnit], asJSON: Bool) {
        if asJSON {
            var json = JSONWriter()
            json.object { $0.array("damage", damage) { $0.damage($1) } }
            return Swift.print(json.text)
        }
        for unit in damage { Swift.print(unit) }
        if damage.isEmpty { Swift.print("Everything is sound.") }
    }

    static func print(_ report: RepairReport) {
        print(report.damage, asJSON: false)
        guard !report.damage.isEmpty else { return }
        Swift.print(
            """
            Blocks: \(report.rewrittenBlocks.count) written again, \(report.removedBlocks.count) taken out. Samples that \
            could not be read: \(report.lostSamples).
            """)
        for path in report.setAside { Swift.print("Kept: \(path)") }
        for failure in report.failures { Swift.print("Not repaired: \(failure)") }
    }

    static func printJSON(_ report: RepairReport) {
        var json = JSONWriter()
        json.object { json in
            json.array("damage", report.damage) { $0.damage($1) }
            json.array("rewrittenBlocks", report.rewrittenBlocks) { $0.string(String($1, radix: 16)) }
            json.array("removedBlocks", report.removedBlocks) { $0.string(String($1, radix: 16)) }
            json.member("lostSamples", Int(clamping: report.lostSamples))
            json.array("setAside", report.setAside) { $0.string($1) }
            json.array("failures", report.failures) { $0.string($1) }
        }
        Swift.print(json.text)
    }
}

extension JSONWriter {
    fileprivate mutating func damage(_ unit: DamagedUnit) {
        object { json in
            json.member("kind", unit.kind.rawValue)
            json.member("file", unit.path)
            if let bytes = unit.bytes {
                json.member("offset", Int(clamping: bytes.lowerBound))
                json.member("length", bytes.count)
            }
            json.member("detail", unit.detail)
            if let series = unit.series { json.member("series", series) }
            if let range = unit.range {
                json.member("minTime", Int(range.lowerBound.milliseconds))
                json.member("maxTime", Int(range.upperBound.milliseconds))
            }
            json.member("since", RFC3339.format(unit.since))
        }
    }
}

internal import KTSDBEngine
internal import KTSDBModel

/// A random history of a database on the simulated disk: appends, deletions, seals, compactions, snapshots, faults,
/// power cuts, also during recovery. After each step the database must show what the model says, sample for sample.
///
/// The same seed gives the same history.
package struct HistoryRun {
    static let path = "/data"

    let seed: UInt64
    var generator: SeededGenerator
    let options: HistoryOptions
    var disk = SimulatedFileSystem()
    let clock = HistoryClock()
    var database: Database?
    /// What the database may show: one state, or several while it is not known whether a step took effect.
    var states = [HistoryModel()]
    /// What else may be found after a power cut: states before commits that are not known to be on the disk.
    var fallbacks: [HistoryModel] = []
    /// Views that are still open, and what they showed.
    var views: [(view: ReadView, contents: HistoryContents)] = []
    /// What the database showed when each backup was made, by the backup's name; under `?`, what the last one must show
    /// if it failed and is there all the same.
    var backups: [String: HistoryContents] = [:]
    var steps: [String] = []
    /// The number of crashes and faults that happened.
    package private(set) var crashCount = 0, faultCount = 0
    /// How many questions could be answered by rollups.
    package internal(set) var rollupQuestionCount = 0

    package init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        options = HistoryOptions(&generator)
    }

    var configuration: Database.Configuration {
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.logSegmentByteLimit = 1200
        configuration.openByteLimit = options.openByteLimit
        configuration.checkpointLogByteLimit = 1500
        configuration.replayGroupByteLimit = 300
        configuration.deletionUndoPeriod = options.undoPeriod
        configuration.retention = options.retention
        configuration.duplicates = options.duplicates
        configuration.diskReserveByteLimit = options.diskReserve
        configuration.wallClock = { [clock] in clock.now }
        if options.hasRollups {
            configuration.rollupRules = Self.rollupRules
            configuration.rollupSeriesLimit = 4
        }
        return configuration
    }

    func failure(_ reason: String) -> HistoryFailure { HistoryFailure(seed: seed, reason: reason, steps: steps) }

    /// Runs so many steps.
    package mutating func run(steps count: Int) throws(HistoryFailure) {
        try open()
        for _ in 0..<count {
            clock.now += Int64(1 + generator.below(20_000))
            let action = options.next(&generator)
            if database == nil { try open() }
            try perform(action)
            if disk.hasCrashed { try recover() }
            disk.heal()
            try check()
        }
        disk.setCapacity(nil)
        if database == nil { try open() }
        try check()
        let open = database!
        do { try open.close() } catch { throw failure("close: \(error)") }
        database = nil
        try self.open()
        try check()
    }

    /// Opens the database, on a disk without faults.
    mutating func open() throws(HistoryFailure) {
        disk.heal()
        views = []
        do throws(OpenError) {
            database = try Database(files: disk, path: Self.path, configuration: configuration)
        } catch {
            // A full disk may keep it from opening.
            disk.setCapacity(nil)
            do throws(OpenError) {
                database = try Database(files: disk, path: Self.path, configuration: configuration)
            } catch { throw failure("does not open: \(error)") }
        }
        guard let report = database?.recovery else { return }
        if !report.damagedBlocks.isEmpty { throw failure("reports damaged blocks: \(report.damagedBlocks)") }
        if report.orphanedSamples > 0 { throw failure("reports \(report.orphanedSamples) orphaned samples") }
    }

    /// Goes on with what a power cut may have left, and loses power again during the recovery now and then.
    mutating func recover() throws(HistoryFailure) {
        crashCount += 1
        states += fallbacks
        fallbacks = []
        database = nil
        views = []
        disk = disk.crashImage(seed: generator.next())
        for _ in 0..<3 where generator.oneIn(2) {
            disk.inject(.crash, atCall: disk.callCount + generator.below(80))
            _ = try? Database(files: disk, path: Self.path, configuration: configuration)
            guard disk.hasCrashed else {
                disk = disk.processEndImage()
                break
            }
            steps.append("power cut during recovery")
            disk = disk.crashImage(seed: generator.next())
        }
        try open()
    }

    mutating func noteFault() { faultCount += 1 }
}

/// A clock that stays where it is until the history moves it. Each history has its own, used by one thread.
final class HistoryClock: @unchecked Sendable {
    var now: Int64 = 1_700_000_000_000
}

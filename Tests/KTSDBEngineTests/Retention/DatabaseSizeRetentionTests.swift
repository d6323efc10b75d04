import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `A database with a size limit` {
    static let minute: Int64 = 60_000

    static func configuration(_ clocks: MovableClocks, limit: UInt64?) -> Database.Configuration {
        var configuration = `A database with a retention`.configuration(clocks)
        configuration.retention = nil
        configuration.retentionLimits.byteLimit = limit
        configuration.compactsWhenDue = true
        configuration.openByteLimit = 4096
        configuration.openBytesPerSeries = 0
        configuration.logSegmentByteLimit = 4096
        configuration.checkpointLogByteLimit = 8192
        // Every byte of the disk is compared with the limit.
        configuration.diskReserveByteLimit = 0
        return configuration
    }

    /// The bytes of all files.
    static func byteCount(_ disk: SimulatedFileSystem) -> Int { disk.snapshot.values.reduce(0) { $0 + $1.count } }

    static func open(
        _ files: any FileSystem, _ clocks: MovableClocks, limit: UInt64?,
        events: `A database whose directory is gone`.Events? = nil
    ) throws -> Database {
        var configuration = configuration(clocks, limit: limit)
        if let events { configuration.onEvent = { events.note($0) } }
        return try Database(files: files, path: "/data", configuration: configuration)
    }

    /// Scrapes twenty series once a minute, with values that hardly compress.
    static func scrape(
        _ database: Database, _ clocks: MovableClocks, minutes: Int, using random: inout SeededGenerator,
        each: () throws -> Void = {}
    ) throws {
        for _ in 0..<minutes {
            clocks.pass(minute)
            try database.append { batch in
                for number in 0..<20 {
                    let value = Double(random.next() >> 12)
                    batch.append(
                        value, at: Timestamp(milliseconds: clocks.now), to: ["__name__": "m", "n": "\(number)"])
                }
            }
            database.maintain()
            try each()
        }
    }

    /// The disk has no more room than the limit: if the database took more for one moment, a write would fail.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func `stays below it for days, at each write of seals, checkpoints and compactions`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let disk = SimulatedFileSystem(), clocks = MovableClocks(), limit: UInt64 = 400_000 + 100_000 * seed
        disk.setCapacity(Int(limit))
        var database = try Self.open(disk, clocks, limit: limit), most = 0
        for _ in 0..<3 {
            try Self.scrape(database, clocks, minutes: 1000, using: &random) { most = max(most, Self.byteCount(disk)) }
            let statistics = database.statistics
            #expect(statistics.failedSeals == 0 && statistics.failedCheckpoints == 0)
            #expect(statistics.compactions.failed == 0 && statistics.compactions.completed > 0)
            #expect(statistics.retention.failure == nil && statistics.retention.size.limit == limit)
            #expect(
                UInt64(Self.byteCount(disk)) == database.storageUse.total
                    + UInt64(disk.contents(of: "/data/LOCK")?.count ?? 0))
            try database.close()
            database = try Self.open(disk, clocks, limit: limit)
        }
        try Self.scrape(database, clocks, minutes: 1000, using: &random)
        let size = database.statistics.retention.size
        #expect(size.removals > 0 && size.removedBlocks >= size.removals)
        // What fits is kept.
        #expect(most < Int(limit) && most > Int(limit) / 2)
        let contents = try `A database`.contents(database.readView())
        #expect(contents.count == 20)
        for samples in contents.values {
            // The oldest went, and nothing in between.
            let times = samples.map(\.timestamp.milliseconds)
            #expect(
                times.last == clocks.now
                    && times == Array(stride(from: times[0], through: clocks.now, by: Int(Self.minute))))
            #expect(times.count > 500)
        }
    }

    @Test func `takes a part of the disk, and follows the disk's size`() throws {
        var random = SeededGenerator(seed: 1)
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        disk.setCapacity(800_000)
        let database = try Self.open(disk, clocks, limit: 1)
        // The percentage takes precedence.
        database.setRetention(RetentionLimits(byteLimit: 1, diskPercentage: 25))
        try Self.scrape(database, clocks, minutes: 1500, using: &random)
        var size = database.statistics.retention.size
        #expect(size.limit == 200_000 && size.diskPercentage == 25 && size.byteLimit == 1)
        #expect(size.removedBlocks > 0 && size.used <= 200_000 && size.used > 100_000)
        disk.setCapacity(400_000)
        clocks.pass(1000)
        database.maintain()
        size = database.statistics.retention.size
        #expect(size.limit == 100_000 && size.used <= 100_000)
        database.setRetention(RetentionLimits(byteLimit: nil))
        database.maintain()
        #expect(database.statistics.retention.size.limit == nil)
    }

    @Test func `removes nothing for a size that it cannot know, and says so`() throws {
        var random = SeededGenerator(seed: 2)
        let disk = SimulatedFileSystem(), clocks = MovableClocks(),
            events = `A database whose directory is gone`.Events()
        let database = try Self.open(disk, clocks, limit: nil, events: events)
        try Self.scrape(database, clocks, minutes: 500, using: &random)
        let blocks = database.statistics.blocks
        database.setRetention(RetentionLimits(byteLimit: 1, diskPercentage: 0.000001))
        disk.setCapacity(100_000_000)
        disk.injectAlways(.error(5), from: disk.callCount)
        database.maintain()
        let retention = database.statistics.retention
        #expect(retention.failure?.contains("size of the disk is unknown") ?? false && retention.failures > 0)
        #expect(database.statistics.blocks == blocks)
        disk.heal()
        clocks.pass(10_000)
        database.maintain()
        // The limit is far below what can be removed.
        #expect(database.statistics.blocks == 1)
        #expect(database.statistics.retention.failure?.contains("Set a higher limit") ?? false)
        database.setRetention(RetentionLimits(byteLimit: 1 << 30))
        database.maintain()
        database.maintain()
        #expect(database.statistics.retention.failure == nil)
        let told = events.all.filter { if case .storageLost = $0 { false } else { $0 != .storageRestored } }
        #expect(told.count == 2 && told.last == .retentionRestored)
    }

    @Test func `is smaller at once when the limit is, and keeps the newest block whatever the limit`() throws {
        var random = SeededGenerator(seed: 3)
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        let database = try Self.open(disk, clocks, limit: nil)
        try Self.scrape(database, clocks, minutes: 1000, using: &random)
        let view = database.readView(), before = try `A database`.contents(view)
        let used = database.storageUse
        database.setRetention(RetentionLimits(byteLimit: used.total - used.blocks / 2))
        database.maintain()
        #expect(database.storageUse.total <= used.total - used.blocks / 2)
        #expect(try `A database`.contents(database.readView()) != before)
        // An open view shows what it showed.
        #expect(try `A database`.contents(view) == before)
        database.setRetention(RetentionLimits(byteLimit: 1))
        database.maintain()
        #expect(database.statistics.blocks == 1 && database.statistics.retention.size.used > 1)
        let newest = try #require(database.statistics.maxTime)
        #expect(try database.readView().newest(of: ["__name__": "m", "n": "0"])?.timestamp == newest)
    }

    @Test func `seals early when the log alone is beyond the limit`() throws {
        var random = SeededGenerator(seed: 4)
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        var configuration = Self.configuration(clocks, limit: 60_000)
        configuration.openByteLimit = 1 << 24
        configuration.checkpointLogByteLimit = 1 << 24
        configuration.openSpanLimit = .seconds(1 << 24)
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try Self.scrape(database, clocks, minutes: 400, using: &random)
        // Neither the log's length nor the time that passed made these due.
        #expect(database.statistics.seals > 0 && database.statistics.checkpoints > 0)
        #expect(Self.byteCount(disk) < 60_000 + 20 * 400 * 8)
        #expect(try `A database`.contents(database.readView()).count == 20)
        #expect(database.recovery.log.damage.isEmpty)
    }

    @Test func `in memory, the limit is on blocks`() throws {
        var random = SeededGenerator(seed: 5)
        let clocks = MovableClocks(), database = Database.inMemory(Self.configuration(clocks, limit: 100_000))
        try Self.scrape(database, clocks, minutes: 2000, using: &random)
        #expect(database.statistics.blockBytes <= 100_000 && database.statistics.retention.size.removals > 0)
        #expect(try `A database`.contents(database.readView()).count == 20)
    }

    @Test func `blocks that cannot be removed stay, and go later`() throws {
        var random = SeededGenerator(seed: 6)
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        let database = try Self.open(disk, clocks, limit: nil)
        try Self.scrape(database, clocks, minutes: 300, using: &random)
        let blocks = database.statistics.blocks
        database.setRetention(RetentionLimits(byteLimit: 1))
        disk.injectAlways(.error(28), from: disk.callCount)
        database.maintain()
        #expect(database.statistics.blocks == blocks && database.statistics.retention.size.removals == 0)
        #expect(database.statistics.retention.failure != nil)
        disk.heal()
        clocks.pass(10_000)
        database.maintain()
        #expect(database.statistics.blocks == 1 && database.statistics.retention.size.removals == 1)
    }
}

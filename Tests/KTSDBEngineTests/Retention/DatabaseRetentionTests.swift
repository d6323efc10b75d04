import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `A database with a retention` {
    static let hour: Int64 = 3_600_000, day: Int64 = 24 * 3_600_000

    static func configuration(_ clocks: MovableClocks) -> Database.Configuration {
        var configuration = `A database whose clock was wrong`.configuration(clocks)
        configuration.retention = .seconds(15 * 86_400)
        configuration.monotonicClock = { clocks.elapsed }
        configuration.compactsWhenDue = false
        return configuration
    }

    static func open(_ files: any FileSystem, _ clocks: MovableClocks) throws -> Database {
        try Database(files: files, path: "/data", configuration: configuration(clocks))
    }

    static func scrape(_ database: Database, _ clocks: MovableClocks) throws {
        try database.append { $0.append(1, at: Timestamp(milliseconds: clocks.now), to: ["__name__": "up"]) }
    }

    /// A database with a block for each of some days, and how many samples it has.
    static func prepared(_ files: any FileSystem, _ clocks: MovableClocks, days: Int) throws -> Database {
        let database = try open(files, clocks)
        for _ in 0..<days {
            clocks.pass(day)
            try scrape(database, clocks)
            try database.seal()
            database.maintain()
        }
        return database
    }

    static func count(_ database: Database) throws -> Int {
        try `A database`.contents(database.readView()).values.reduce(0) { $0 + $1.count }
    }

    @Test func `one start with a wrong clock deletes nothing, and hides nothing from the next`() throws {
        let files = MemoryFileSystem(), clocks = MovableClocks()
        var database = try Self.prepared(files, clocks, days: 10)
        #expect(try Self.count(database) == 10 && database.statistics.blocks == 10)
        try database.close()
        clocks.now += 40 * Self.day
        database = try Self.open(files, clocks)
        for _ in 0..<6 {
            clocks.pass(1000)
            try Self.scrape(database, clocks)
            database.maintain()
        }
        #expect(database.statistics.retention.isCatchingUp && database.statistics.retention.expiredBlocks == 10)
        #expect(try Self.count(database) == 6)
        try database.close()
        clocks.now -= 40 * Self.day
        database = try Self.open(files, clocks)
        #expect(try Self.count(database) == 16)
        let statistics = database.statistics.retention
        #expect(statistics.newestAhead == .milliseconds(40 * Self.day) && statistics.pausedByClockJump == nil)
        clocks.pass(1000)
        try Self.scrape(database, clocks)
        database.maintain()
        #expect(try Self.count(database) == 17 && database.statistics.blocks == 11)
        #expect(database.statistics.retention.removedBlocks == 0)
    }

    @Test func `a clock that jumps pauses retention, and shows what was hidden`() throws {
        let clocks = MovableClocks(), database = try Self.prepared(MemoryFileSystem(), clocks, days: 15)
        #expect(try Self.count(database) == 15)
        clocks.now += 40 * Self.day
        try Self.scrape(database, clocks)
        database.maintain()
        #expect(database.statistics.retention.pausedByClockJump == .milliseconds(40 * Self.day))
        #expect(try Self.count(database) == 16 && database.statistics.blocks == 15)
        clocks.now -= 40 * Self.day
        database.maintain()
        #expect(database.statistics.retention.pausedByClockJump == nil)
        clocks.now += 40 * Self.day
        database.maintain()
        database.confirmClock()
        #expect(try Self.count(database) == 1)
        database.maintain()
        #expect(database.statistics.blocks == 0 && database.statistics.retention.removedBlocks == 15)
    }

    @Test func `queries show nothing that is too old, in blocks and in memory`() throws {
        let clocks = MovableClocks(), database = try Self.prepared(MemoryFileSystem(), clocks, days: 3)
        let all = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
        let before = database.readView()
        // Shorter than a block is long: what goes is hidden sample by sample.
        database.setRetention(.milliseconds(2 * Self.day - 1))
        let view = database.readView()
        #expect(try `A database`.contents(view).values.first?.count == 2)
        #expect(try `A database`.contents(before).values.first?.count == 3)
        let early = Timestamp(milliseconds: 0)...Timestamp(milliseconds: clocks.now - 2 * Self.day)
        #expect(try view.series(in: early).isEmpty && view.exemplars(matching: [[]], in: early).isEmpty)
        #expect(try !view.labelNames(in: all).isEmpty)
        database.setRetention(nil)
        #expect(try `A database`.contents(database.readView()).values.first?.count == 3)
    }

    @Test func `a shorter retention removes a block an hour`() throws {
        let clocks = MovableClocks(), database = try Self.prepared(MemoryFileSystem(), clocks, days: 12)
        database.setRetention(.milliseconds(2 * Self.day))
        database.maintain()
        #expect(database.statistics.blocks == 12)
        clocks.pass(Self.hour)
        database.maintain()
        database.maintain()
        #expect(database.statistics.blocks == 11)
        database.confirmClock()
        database.maintain()
        #expect(database.statistics.blocks == 3)
    }

    @Test func `a restart within the hour goes on as if there had been none, and so does one that was killed`() throws {
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        _ = try Self.prepared(disk, clocks, days: 16)
        let killed = disk.processEndImage()
        clocks.pass(Self.hour / 2)
        let database = try Self.open(killed, clocks)
        let blocks = database.statistics.blocks
        database.setRetention(.milliseconds(15 * Self.day - Self.hour / 2))
        try Self.scrape(database, clocks)
        database.maintain()
        #expect(database.statistics.blocks == blocks - 1)
    }

    @Test func `says why blocks cannot be removed, and removes them later`() throws {
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        let database = try Self.prepared(disk, clocks, days: 15)
        clocks.pass(Self.day + 1000)
        try Self.scrape(database, clocks)
        disk.injectAlways(.error(28), from: disk.callCount + 1)
        database.maintain()
        #expect(database.statistics.retention.failure != nil && database.statistics.blocks == 15)
        disk.heal()
        clocks.pass(10_000)
        database.maintain()
        #expect(database.statistics.retention.failure == nil && database.statistics.retention.removedBlocks > 0)
    }

    @Test func `a clock that was set back keeps neither seals nor merges waiting`() throws {
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        var configuration = Self.configuration(clocks)
        configuration.openByteLimit = 1
        configuration.openBytesPerSeries = 0
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try Self.scrape(database, clocks)
        disk.injectAlways(.error(28), from: disk.callCount + 1)
        database.maintain()
        #expect(database.statistics.sealFailure != nil)
        disk.heal()
        clocks.pass(10_000)
        clocks.now -= 40 * Self.day
        database.maintain()
        #expect(database.statistics.sealFailure == nil && database.statistics.blocks == 1)
    }
}

import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `A database with retention rules` {
    typealias Support = DeletionTestSupport
    static let hour: Int64 = 3_600_000, day: Int64 = 24 * 3_600_000

    static func configuration(_ clocks: MovableClocks, _ limits: RetentionLimits) -> Database.Configuration {
        var configuration = `A database with a retention`.configuration(clocks)
        configuration.retentionLimits = limits
        configuration.compactsWhenDue = true
        return configuration
    }

    static func open(
        _ files: any FileSystem, _ clocks: MovableClocks, _ limits: RetentionLimits
    ) throws -> Database {
        try Database(files: files, path: "/data", configuration: configuration(clocks, limits))
    }

    static func rules(_ days: (String, Int64)...) throws -> RetentionRules {
        try RetentionRules(
            days.map { name, days in
                try RetentionRule(name, matching: [[.equal("class", name)]], keep: .milliseconds(days * day))
            })
    }

    static let classes = ["short", "long", "rest"]

    static func scrape(_ database: Database, _ clocks: MovableClocks) throws {
        try database.append { batch in
            for name in classes {
                for number in 0..<2 {
                    batch.append(
                        Double(number), at: Timestamp(milliseconds: clocks.now),
                        to: ["__name__": "m", "class": name, "n": "\(number)"])
                }
                batch.append(
                    Exemplar(labels: ["trace_id": "\(clocks.now)"], value: 1), at: Timestamp(milliseconds: clocks.now),
                    to: ["__name__": "m", "class": name, "n": "0"])
            }
        }
    }

    /// A block for each of some days.
    static func pass(_ days: Int, _ database: Database, _ clocks: MovableClocks, seals: Bool = true) throws {
        for _ in 0..<days {
            clocks.pass(day)
            try scrape(database, clocks)
            if seals { try database.seal() }
            database.maintain()
        }
    }

    /// How many samples of each class's first series are shown.
    static func counts(_ view: ReadView) throws -> [Int] {
        let contents = try Support.contents(view)
        return classes.map { contents[["__name__": "m", "class": $0, "n": "0"]]?.count ?? 0 }
    }

    @Test func `shows each class for its time, and frees its space`() throws {
        let clocks = MovableClocks(),
            limits = RetentionLimits(
                age: .milliseconds(10 * Self.day), rules: try Self.rules(("short", 3), ("long", 20)))
        var database = try Self.open(SimulatedFileSystem(), clocks, limits)
        try Self.pass(3, database, clocks)
        #expect(try Self.counts(database.readView()) == [3, 3, 3])
        try Self.pass(9, database, clocks)
        // The sample at the horizon is shown.
        #expect(try Self.counts(database.readView()) == [4, 12, 11])
        try Self.pass(28, database, clocks)
        #expect(try Self.counts(database.readView()) == [4, 21, 11])
        let statistics = database.statistics
        // Two series of each class, and nothing else is stored.
        #expect(statistics.blockSamples == 2 * (4 + 21 + 11) && statistics.blocks == 21)
        #expect(statistics.retention.rewrittenBlocks > 30 && statistics.retention.removedBlocks == 19)
        #expect(statistics.retention.removedSamples > 0 && statistics.retention.rules.map(\.name) == ["short", "long"])
        let horizons = statistics.retention.rules.map { ($0.horizon?.milliseconds ?? 0) - clocks.now }
        #expect(horizons == [-3 * Self.day, -20 * Self.day])
        #expect(statistics.retention.horizon?.milliseconds == clocks.now - 20 * Self.day)
        // So it is after a restart, even where the files are old.
        let files = SimulatedFileSystem()
        database = try Self.open(files, clocks, RetentionLimits())
        try Self.pass(12, database, clocks)
        try database.close()
        database = try Self.open(files, clocks, limits)
        #expect(try Self.counts(database.readView()) == [4, 12, 11])
        #expect(database.statistics.blockSamples == 2 * 36)
    }

    @Test func `samples in memory are cut too, wherever they are looked for`() throws {
        let clocks = MovableClocks(),
            limits = RetentionLimits(
                age: .milliseconds(10 * Self.day), rules: try Self.rules(("short", 3), ("long", 20)))
        var configuration = Self.configuration(clocks, limits)
        configuration.openSpanLimit = .seconds(100 * 86_400)
        let database = try Database(files: SimulatedFileSystem(), path: "/data", configuration: configuration)
        try Self.pass(12, database, clocks, seals: false)
        #expect(database.statistics.blocks == 0)
        let view = database.readView()
        #expect(try Self.counts(view) == [4, 12, 11])
        let exemplars = try Support.exemplars(view)
        #expect(exemplars.map { $0.value.count }.sorted() == [4, 11, 12])
        let early = Support.range(0, clocks.now - 4 * Self.day)
        #expect(try view.labelValues(of: "class", in: early) == ["long", "rest"])
        #expect(try view.labelValues(of: "n", matching: [[.equal("class", "short")]], in: early) == [])
        let selected = try view.select([.equal("class", "short")], withSamplesIn: early)
        #expect(selected.count == 0)
        let earlier = Support.range(0, clocks.now - 11 * Self.day)
        #expect(try view.labelValues(of: "class", in: earlier) == ["long"])
        // A series of which nothing is left.
        clocks.pass(4 * Self.day)
        try database.append { $0.append(1, at: Timestamp(milliseconds: clocks.now), to: ["__name__": "other"]) }
        database.maintain()
        let later = database.readView()
        #expect(try later.newest(of: ["__name__": "m", "class": "short", "n": "0"]) == nil)
        #expect(try later.newest(of: ["__name__": "m", "class": "rest", "n": "0"]) != nil)
        #expect(try Self.counts(later) == [0, 12, 7])
        var newest = NewestSamples()
        let series = try later.select([.equal("n", "0")], in: Support.everything, limits: nil)
        try series.appendNewest(of: 0..<series.count, to: &newest)
        let unseen = (0..<series.count).filter { newest.times[$0] == NewestSamples.noSample }
        #expect(unseen.count == 1)
        #expect(try series.labels(at: #require(unseen.first))["class"] == "short")
        // Sealed, it is the same.
        try database.seal()
        #expect(try Self.counts(database.readView()) == [0, 12, 7])
    }

    @Test func `other rules take effect at once, and nothing is lost for an hour`() throws {
        let clocks = MovableClocks(), database = try Self.open(SimulatedFileSystem(), clocks, RetentionLimits())
        try Self.pass(12, database, clocks)
        let before = database.readView()
        database.setRetention(RetentionLimits(rules: try Self.rules(("short", 3))))
        #expect(try Self.counts(database.readView()) == [4, 12, 12] && Self.counts(before) == [12, 12, 12])
        clocks.pass(Self.hour - 1)
        database.maintain()
        try database.compact()
        #expect(database.statistics.retention.isCatchingUp && database.statistics.retention.blocksToRewrite == 8)
        database.setRetention(RetentionLimits(age: .milliseconds(5 * Self.day)))
        #expect(try Self.counts(database.readView()) == [6, 6, 6])
        // An hour later than these limits, one block goes.
        clocks.pass(Self.hour)
        database.maintain()
        #expect(database.statistics.blocks == 11)
        database.setRetention(RetentionLimits())
        #expect(try Self.counts(database.readView()) == [11, 11, 11])
        // Of the others, one after the other is written again.
        database.setRetention(RetentionLimits(rules: try Self.rules(("short", 3), ("rest", 5))))
        #expect(try Self.counts(database.readView()) == [4, 11, 6])
        clocks.pass(Self.hour - 1)
        database.maintain()
        #expect(database.statistics.blockSamples == 11 * 6)
        clocks.pass(1)
        database.maintain()
        clocks.pass(1000)
        database.maintain()
        #expect(database.statistics.retention.rewrittenBlocks == 1 && database.statistics.blockSamples == 11 * 6 - 4)
        database.confirmClock()
        database.maintain()
        #expect(database.statistics.blockSamples == 2 * (4 + 11 + 6))
        #expect(try Self.counts(before) == [12, 12, 12])
    }

    @Test func `the last class of a block that becomes too old is hidden like the others`() throws {
        let clocks = MovableClocks(), database = try Self.open(SimulatedFileSystem(), clocks, RetentionLimits())
        try Self.pass(12, database, clocks)
        // A class without series keeps the horizon of views early.
        var limits = RetentionLimits(age: .milliseconds(5 * Self.day))
        limits.rules = try Self.rules(("short", 30), ("absent", 100))
        database.setRetention(limits)
        #expect(try Self.counts(database.readView()) == [12, 6, 6])
        limits.rules = try Self.rules(("short", 3), ("absent", 100))
        database.setRetention(limits)
        #expect(try Self.counts(database.readView()) == [4, 6, 6])
        limits.rules = try Self.rules(("short", 30), ("absent", 100))
        database.setRetention(limits)
        #expect(try Self.counts(database.readView()) == [12, 6, 6])
    }

    @Test func `a clock that jumps shows everything, and removes nothing`() throws {
        let clocks = MovableClocks(), limits = RetentionLimits(rules: try Self.rules(("short", 3)))
        let database = try Self.open(SimulatedFileSystem(), clocks, limits)
        try Self.pass(3, database, clocks)
        clocks.now += 40 * Self.day
        try Self.scrape(database, clocks)
        database.maintain()
        try database.compact()
        #expect(database.statistics.retention.pausedByClockJump == .milliseconds(40 * Self.day))
        #expect(try Self.counts(database.readView()) == [4, 4, 4])
        clocks.now -= 40 * Self.day
        database.maintain()
        // The newest sample is ahead of the clock, which counts then.
        #expect(
            try Self.counts(database.readView()) == [4, 4, 4] && database.statistics.retention.rewrittenBlocks == 0)
    }

    @Test func `compactions leave out what is too old`() throws {
        let clocks = MovableClocks(DeletionTestSupport.start),
            limits = RetentionLimits(
                rules: try RetentionRules([
                    RetentionRule("short", matching: [[.equal("class", "short")]], keep: .milliseconds(Self.hour))
                ]))
        let database = try Self.open(SimulatedFileSystem(), clocks, limits)
        for _ in 0..<40 {
            clocks.pass(Self.hour / 4)
            try Self.scrape(database, clocks)
            try database.seal()
            database.maintain()
        }
        #expect(try Self.counts(database.readView()) == [5, 40, 40])
        #expect(database.statistics.compactions.completed > 0)
        // Of the class, little more than an hour is stored.
        #expect(database.statistics.blockSamples <= 2 * (40 + 40 + 16))
        // Nothing keeps blocks of days from being made, since the rest is kept for ever.
        clocks.pass(2 * Self.day)
        try Self.scrape(database, clocks)
        try database.seal()
        database.maintain()
        database.maintain()
        #expect(database.blockList.contains { $0.level == 2 })
        #expect(try Self.counts(database.readView()) == [1, 41, 41])
    }

    @Test func `a block that cannot be written again is reported, and is later`() throws {
        let clocks = MovableClocks(), limits = RetentionLimits(rules: try Self.rules(("short", 3)))
        let disk = SimulatedFileSystem(), events = `A database whose directory is gone`.Events()
        var configuration = Self.configuration(clocks, limits)
        configuration.onEvent = { events.note($0) }
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try Self.pass(4, database, clocks)
        clocks.pass(Self.hour)
        try Self.scrape(database, clocks)
        disk.setCapacity(disk.snapshot.values.reduce(0) { $0 + $1.count } + 10_000)
        database.maintain()
        #expect(database.statistics.retention.failure?.contains("cannot be removed") ?? false)
        #expect(events.all.contains { if case .retentionFailed = $0 { true } else { false } })
        #expect(database.statistics.retention.failures == 1 && database.statistics.retention.rewrittenBlocks == 0)
        disk.setCapacity(nil)
        clocks.pass(700_000)
        database.maintain()
        #expect(database.statistics.retention.failure == nil && database.statistics.retention.rewrittenBlocks == 1)
        #expect(events.all.last == .retentionRestored)
    }
}

import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@testable import KTSDBEngine

@Suite struct `Rollups` {
    typealias Support = RollupTestSupport
    static let start = Support.start, minute = Support.minute, hour = Support.hour

    /// An hour of samples, one each ten seconds, sealed.
    private static func filled(
        _ clocks: MovableClocks = MovableClocks(), _ disk: SimulatedFileSystem = SimulatedFileSystem(),
        rules: [RollupRule]? = nil, _ change: (inout Database.Configuration) -> Void = { _ in }
    ) throws -> Database {
        clocks.now = start + hour
        var configuration = try Support.configuration(clocks, rules ?? [Support.rule()])
        change(&configuration)
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try Support.append((1...360).map { ($0 * 10_000, Double($0 % 50)) }, to: database)
        try database.seal()
        return database
    }

    @Test func `answer with the bits of all samples, and read far fewer`() async throws {
        let database = try Self.filled(), report = try database.rollUp()
        #expect(report.samples == 360 && report.blocks > 0 && report.points >= 600)
        let view = database.readView(), at = Self.start + Self.hour
        for function in Support.functions {
            let text = "\(function)_over_time(m[30m])"
            let raw = try await Support.value(text, .off, at: at, in: view)
            let rolled = try await Support.value(text, .exact, at: at, in: view)
            #expect(raw != nil && raw?.bitPattern == rolled?.bitPattern, "\(function)")
            #expect(try await Support.samplesRead(text, .off, at: at, in: view) == 180)
            #expect(try await Support.samplesRead(text, .exact, at: at, in: view) == 30)
        }
        #expect(try database.rollUp() == RollupReport())
    }

    @Test func `are used for whole intervals only, unless the user allows more`() async throws {
        let database = try Self.filled()
        try database.rollUp()
        let view = database.readView(), at = Self.start + Self.hour
        // The window does not end on the interval, or is not as wide as some of them.
        #expect(try await Support.samplesRead("max_over_time(m[30m])", .exact, at: at - 1000, in: view) == 180)
        #expect(try await Support.samplesRead("max_over_time(m[90s])", .exact, at: at, in: view) == 9)
        #expect(try await Support.samplesRead("rate(m[30m])", .exact, at: at, in: view) == 180)
        #expect(try await Support.samplesRead("max_over_time(m[30m])", .allow, at: at - 1000, in: view) <= 31)
    }

    @Test func `leave intervals with samples in memory or in fresh blocks to raw samples`() async throws {
        let database = try Self.filled()
        try database.rollUp()
        // One in memory, late; the next one in a fresh block.
        try Support.append([(95_000, 1000)], to: database)
        let at = Self.start + 30 * Self.minute
        #expect(try await Support.value("max_over_time(m[30m])", .exact, at: at, in: database.readView()) == 1000)
        #expect(try await Support.samplesRead("max_over_time(m[30m])", .exact, at: at, in: database.readView()) == 36)
        try database.seal()
        #expect(try await Support.value("count_over_time(m[30m])", .exact, at: at, in: database.readView()) == 181)
        try database.rollUp()
        #expect(try await Support.value("max_over_time(m[30m])", .exact, at: at, in: database.readView()) == 1000)
        #expect(try await Support.samplesRead("max_over_time(m[30m])", .exact, at: at, in: database.readView()) == 30)
        // Another value at the same time.
        try Support.append([(95_000, 7)], to: database)
        #expect(try await Support.value("max_over_time(m[30m])", .exact, at: at, in: database.readView()) == 49)
        try database.seal()
        try database.rollUp()
        #expect(try await Support.value("max_over_time(m[30m])", .exact, at: at, in: database.readView()) == 49)
    }

    /// What a later sample takes from an interval whose point has been made: the sum of whole numbers, the extremes of
    /// floats alone, or the only sample that counts.
    @Test(arguments: [(20_000, 0.5), (20_000, nil), (10_000, .staleMarker)] as [(Int64, Double?)])
    func `are taken back where a later sample leaves them without a value`(time: Int64, value: Double?) async throws {
        let disk = SimulatedFileSystem(), clocks = MovableClocks(Self.start + Self.hour)
        let database = try Database(
            files: disk, path: "/data", configuration: try Support.configuration(clocks, [Support.rule()]))
        try Support.append([(10_000, 7), (70_000, 8)], to: database)
        try database.seal()
        try database.rollUp()
        try database.append { batch in
            batch.duplicates = .keepLast
            let time = Timestamp(milliseconds: Self.start + time)
            if let value {
                batch.append(value, at: time, to: ["__name__": "m"])
            } else {
                let histogram = Histogram(schema: 0, count: 2, sum: 3, positive: HistogramBuckets(counts: [2]))
                batch.append(histogram, at: time, to: ["__name__": "m"])
            }
        }
        try database.seal()
        try database.rollUp()
        func check(_ database: Database) async throws {
            let view = database.readView()
            for function in Support.functions {
                let text = "\(function)_over_time(m[1m])", at = Self.start + Self.minute
                let raw = try await Support.value(text, .off, at: at, in: view)
                let rolled = try await Support.value(text, .exact, at: at, in: view)
                #expect(raw?.bitPattern == rolled?.bitPattern, "\(function)")
            }
        }
        try await check(database)
        _ = try #require(database.rollups).compact()
        try await check(database)
        try database.close()
        let again = try Database(
            files: disk, path: "/data", configuration: try Support.configuration(clocks, [Support.rule()]))
        try await check(again)
    }

    @Test func `do not show in a view that was taken before`() async throws {
        let database = try Self.filled(), view = database.readView()
        try database.rollUp()
        #expect(view.rollupIntervals(of: .maximum).isEmpty)
        #expect(database.readView().rollupIntervals(of: .maximum) == [60_000])
    }

    @Test func `are never seen by selections of raw series`() throws {
        let database = try Self.filled()
        try database.rollUp()
        let everything = DeletionTestSupport.everything
        #expect(try database.readView().series(in: everything).map(\.labels) == [["__name__": "m"]])
        #expect(try database.readView().labelNames(in: everything) == ["__name__"])
    }

    @Test func `answer when raw samples have expired`() async throws {
        let clocks = MovableClocks(), disk = SimulatedFileSystem()
        let database = try Self.filled(clocks, disk) { $0.retention = .seconds(4 * 3600) }
        for hour in 1..<30 as Range<Int64> {
            clocks.now = Self.start + (hour + 1) * Self.hour
            try Support.append(
                (1...360).map { (hour * Self.hour + $0 * 10_000, Double($0 % 50) + Double(hour)) }, to: database)
            try database.seal()
            try database.rollUp()
            database.maintain()
        }
        #expect(database.statistics.retention.removedBlocks > 0)
        let view = database.readView(), at = Self.start + 5 * Self.hour
        #expect(try await Support.value("max_over_time(m[1h])", .off, at: at, in: view) == nil)
        #expect(try await Support.value("max_over_time(m[1h])", .exact, at: at, in: view) == 53)
        #expect(try await Support.value("count_over_time(m[5h])", .exact, at: at, in: view) == 1800)
        // Across the border between the two, and after another opening.
        let all = Self.start + 30 * Self.hour
        #expect(try await Support.value("count_over_time(m[30h])", .exact, at: all, in: view) == 10_800)
        try database.close()
        let again = try Self.reopened(disk, clocks)
        #expect(
            try await Support.value("count_over_time(m[30h])", .exact, at: all, in: again.readView()) == 10_800)
    }

    private static func reopened(
        _ disk: SimulatedFileSystem, _ clocks: MovableClocks, rules: [RollupRule]? = nil
    ) throws -> Database {
        var configuration = try Support.configuration(clocks, rules ?? [Support.rule()])
        configuration.retention = .seconds(4 * 3600)
        return try Database(files: disk, path: "/data", configuration: configuration)
    }

    @Test func `keep raw blocks until they are rolled up`() throws {
        let clocks = MovableClocks()
        let database = try Self.filled(clocks) { $0.retention = .seconds(3600) }
        func age() throws {
            for hour in 2...8 as ClosedRange<Int64> {
                clocks.now = Self.start + hour * Self.hour
                try Support.append([(hour * Self.hour, 1)], to: database, ["__name__": "other"])
                try database.seal()
                database.maintain()
            }
        }
        try age()
        #expect(
            database.statistics.retention.removedBlocks == 0 && database.statistics.rollups.rules[0].waitingBlocks > 0)
        try database.rollUp()
        clocks.now += 3 * Self.hour
        try Support.append([(11 * Self.hour, 1)], to: database, ["__name__": "other"])
        database.maintain()
        clocks.now += 3 * Self.hour
        database.maintain()
        #expect(database.statistics.retention.removedBlocks > 0)
    }

    @Test func `are counted as lost if the limit of size does not wait for them`() throws {
        let clocks = MovableClocks(), events = EventList()
        let database = try Self.filled(clocks) { configuration in
            configuration.retentionLimits.byteLimit = 1
            configuration.onEvent = { events.add($0) }
        }
        try Support.append([(20 * Self.hour, 1)], to: database)
        try database.seal()
        database.maintain()
        #expect(database.statistics.rollups.lostBlocks == 1)
        #expect(events.all.contains(.rollupsLost(blocks: 1)))
    }

    // MARK: Deletions

    @Test func `hide what a deletion hides, and show it again when that is undone`() async throws {
        let database = try Self.filled()
        try database.rollUp()
        let at = Self.start + Self.hour, text = "count_over_time(m[1h])"
        let before = database.readView()
        let deletion = try database.delete(
            matching: .name("m"), in: Support.time(Self.start + 605_000)...Support.time(Self.start + 1_205_000))
        func count() async throws -> Double? { try await Support.value(text, .exact, at: at, in: database.readView()) }
        #expect(try await count() == 300)
        #expect(try await Support.value(text, .exact, at: at, in: before) == 360)
        try database.rollUp()
        #expect(try await count() == 300)
        // The edges of the deleted range are answered by points again.
        #expect(try await Support.samplesRead(text, .exact, at: at, in: database.readView()) <= 52)
        try database.undelete(deletion!.id)
        #expect(try await count() == 360)
        try database.rollUp()
        #expect(try await count() == 360)
        #expect(try await Support.samplesRead(text, .exact, at: at, in: database.readView()) == 60)
        #expect(database.rollupRegions.isEmpty)
    }

    @Test func `are removed for good with the samples`() async throws {
        let clocks = MovableClocks(), database = try Self.filled(clocks)
        try database.rollUp()
        try database.delete(matching: .name("m"), in: DeletionTestSupport.everything)
        try database.rollUp()
        try database.reclaim()
        database.compactRollupsIfDue()
        try database.rollups!.reclaim()
        #expect(database.statistics.rollups.points == 0)
        database.maintain()
        #expect(database.deletions.isEmpty)
    }

    @Test func `of expired samples are deleted as whole intervals, and come back when that is undone`() async throws {
        let clocks = MovableClocks(), disk = SimulatedFileSystem()
        let database = try Self.filled(clocks, disk) { $0.retention = .seconds(4 * 3600) }
        for hour in 1..<20 as Range<Int64> {
            clocks.now = Self.start + (hour + 1) * Self.hour
            try Support.append([(hour * Self.hour + 30_000, 1)], to: database)
            try database.seal()
            try database.rollUp()
            database.maintain()
        }
        let at = Self.start + Self.hour, text = "count_over_time(m[1h])"
        func count() async throws -> Double? { try await Support.value(text, .exact, at: at, in: database.readView()) }
        #expect(try await Support.value(text, .off, at: at, in: database.readView()) == nil)
        #expect(try await count() == 360)
        let deletion = try database.delete(
            matching: .name("m"), in: Support.time(Self.start + 605_000)...Support.time(Self.start + 1_205_000))
        #expect(try await count() == 294)
        try database.rollUp()
        #expect(try await count() == 294)
        try database.undelete(deletion!.id)
        try database.rollUp()
        #expect(try await count() == 360)
    }

    // MARK: Rules

    @Test func `of a changed rule are used when its first round is complete`() async throws {
        let database = try Self.filled()
        try database.rollUp()
        let old = database.readView()
        try database.setRollupRules(RollupRules([Support.rule("r", 300, aggregates: [.max])]))
        #expect(database.readView().rollupIntervals(of: .maximum).isEmpty)
        #expect(old.rollupIntervals(of: .maximum) == [60_000])
        try database.rollUp()
        #expect(database.readView().rollupIntervals(of: .maximum) == [300_000])
        #expect(database.readView().rollupIntervals(of: .minimum).isEmpty)
        try database.setRollupRules(RollupRules([Support.rule("other name", keep: .seconds(86_400))]))
        // What was rolled up before is still known.
        #expect(database.readView().rollupIntervals(of: .maximum) == [60_000])
        try database.setRollupRules(.none)
        #expect(database.readView().rollupIntervals(of: .maximum).isEmpty && database.rollupRules == .none)
    }

    @Test func `of the first rule that matches count where intervals are equal`() async throws {
        let database = try Self.filled(rules: [
            Support.rule("a", matching: [.name("n")], aggregates: [.max]),
            Support.rule("b", matching: [.name("m")], aggregates: [.max]),
            Support.rule("c", matching: [try .matches("__name__", ".*")], aggregates: [.max]),
        ])
        try Support.append([(10_000, 1)], to: database, ["__name__": "n"])
        try Support.append([(10_000, 1)], to: database, ["__name__": "o"])
        try database.seal()
        #expect(try database.rollUp().points == 62)
        try Support.append([(10_000, 1)], to: database, ["__name__": "n", "__rollup__": "x"])
        try database.seal()
        #expect(try database.rollUp().points == 0)
    }

    // MARK: Copies

    @Test func `are in snapshots, backups, clones and openings for reading`() async throws {
        let clocks = MovableClocks(), disk = SimulatedFileSystem(), database = try Self.filled(clocks, disk)
        try database.rollUp()
        // A deletion has a commit that no block has, which the copies must not use again.
        for _ in 0..<3 {
            try database.delete(matching: .name("m"), in: Support.time(Self.start)...Support.time(Self.start + 10_000))
            try Support.append([(10_000, 5)], to: database)
        }
        try database.seal()
        try database.rollUp()
        let at = Self.start + Self.hour
        func check(_ copy: Database, _ comment: Comment) async throws {
            let text = "max_over_time(m[1h])"
            #expect(try await Support.samplesRead(text, .exact, at: at, in: copy.readView()) == 60, comment)
            #expect(try await Support.value(text, .exact, at: at, in: copy.readView()) == 49, comment)
        }
        let name = try database.snapshot()
        let configuration = try Support.configuration(clocks, [Support.rule()])
        let snapshot = try Database(files: disk, path: "/data/snapshots/\(name)", configuration: configuration)
        try await check(snapshot, "snapshot")
        // A deletion in the copy is later than all points.
        try snapshot.delete(matching: .name("m"), in: Support.time(Self.start)...Support.time(Self.start + Self.hour))
        #expect(try await Support.value("max_over_time(m[1h])", .exact, at: at, in: snapshot.readView()) == nil)
        let store = BackupStore(files: disk, path: "/backups")
        let report = try database.backup(to: store)
        let damage = try store.verify()
        #expect(report.copiedBlocks > 1 && damage.isEmpty)
        try store.restore(to: "/restored")
        try await check(try Database(files: disk, path: "/restored", configuration: configuration), "restored")
        try database.clone(to: "/clone")
        try await check(try Database(files: disk, path: "/clone", configuration: configuration), "clone")
        #expect(try store.prune(keeping: 1).blocks == 0)
        try database.close()
        let overlay = OverlayFileSystem(over: disk) { path throws(FileError) in try disk.lock(path) }
        let reading = try Database(files: overlay, path: "/data", configuration: configuration, isReading: true)
        try await check(reading, "reading")
        #expect(throws: RollupError.unavailable) { try reading.rollUp() }
    }

    // MARK: Memory and maintenance

    @Test func `are made by maintenance, compacted, and removed when their rule says so`() async throws {
        let clocks = MovableClocks()
        let database = try Self.filled(clocks, rules: [Support.rule(keep: .seconds(2 * 86_400))]) { configuration in
            configuration.rollsUpWhenDue = true
            configuration.compactsWhenDue = true
            configuration.retention = .seconds(6 * 3600)
        }
        var most = 0
        for hour in 1..<120 as Range<Int64> {
            clocks.now = Self.start + (hour + 1) * Self.hour
            try Support.append((1...60).map { (hour * Self.hour + $0 * 60_000, Double($0)) }, to: database)
            try database.seal()
            database.maintain()
            most = max(most, database.statistics.rollups.blocks)
        }
        let figures = database.statistics.rollups
        #expect(figures.failure == nil && figures.rounds > 10 && figures.lostBlocks == 0)
        #expect(most < 40 && database.rollups!.statistics.compactions.completed > 0)
        #expect(database.rollups!.statistics.retention.removedBlocks > 0)
        let at = Self.start + 100 * Self.hour
        #expect(try await Support.value("count_over_time(m[10h])", .exact, at: at, in: database.readView()) == 600)
    }

    @Test func `work in memory`() async throws {
        let clocks = MovableClocks()
        clocks.now = Self.start + Self.hour
        let database = Database.inMemory(try Support.configuration(clocks, [Support.rule()]))
        try Support.append((1...360).map { ($0 * 10_000, Double($0)) }, to: database)
        try database.seal()
        try database.rollUp()
        let at = Self.start + Self.hour
        #expect(
            try await Support.samplesRead("max_over_time(m[1h])", .exact, at: at, in: database.readView()) == 60)
        try database.close()
        #expect(throws: RollupError.unavailable) { try database.rollUp() }
    }

    @Test func `say what fails, and continue when it works again`() throws {
        let disk = SimulatedFileSystem(), database = try Self.filled(MovableClocks(), disk)
        disk.injectAlways(.error(5), from: 0)
        #expect(throws: RollupError.self) { try database.rollUp() }
        #expect(database.statistics.rollups.failures == 1 && database.statistics.rollups.failure != nil)
    }
}

/// Rollups after damage, and after a clock that was wrong.
@Suite struct `Rollups that are made again` {
    typealias Support = RollupTestSupport

    private static func filled(_ clocks: MovableClocks, _ disk: SimulatedFileSystem) throws -> Database {
        clocks.now = Support.start + Support.hour
        let database = try Database(
            files: disk, path: "/data", configuration: Support.configuration(clocks, [Support.rule()]))
        try Support.append((1...360).map { ($0 * 10_000, Double($0 % 50)) }, to: database)
        try database.seal()
        try database.rollUp()
        return database
    }

    private static func maximum(_ database: Database) async throws -> Double? {
        try await Support.value(
            "max_over_time(m[1h])", .exact, at: Support.start + Support.hour, in: database.readView())
    }

    @Test func `after the repair of a damaged block of theirs`() async throws {
        let clocks = MovableClocks(), disk = SimulatedFileSystem()
        try Self.filled(clocks, disk).close()
        for name in try disk.list("/data/rollups/blocks") {
            let file = "/data/rollups/blocks/\(name)", count = disk.contents(of: file)!.count
            for byte in stride(from: 40, to: count, by: 97) { disk.flipBit(file, byte: byte, bit: 2) }
        }
        let database = try Database(
            files: disk, path: "/data", configuration: Support.configuration(clocks, [Support.rule()]))
        // Samples answer for what cannot be read.
        #expect(try await Self.maximum(database) == 49)
        #expect(database.scrub().contains { $0.path.hasPrefix("rollups/blocks/") })
        let report = database.repair()
        #expect(report.rollupBlocks > 0 && report.setAside.allSatisfy { $0.hasPrefix("rollups/") })
        #expect(try await Self.maximum(database) == 49)
        #expect(try database.rollUp().points > 0)
        #expect(try await Self.maximum(database) == 49)
        #expect(
            try await Support.samplesRead(
                "max_over_time(m[1h])", .exact, at: Support.start + Support.hour, in: database.readView()) == 60)
    }

    @Test func `without samples that were ahead of the clock`() async throws {
        let clocks = MovableClocks(), database = try Self.filled(clocks, SimulatedFileSystem())
        try Support.append([(40 * Support.day, 1), (40 * Support.day + 30_000, 2)], to: database)
        try database.seal()
        try database.rollUp()
        let then = Support.start + 40 * Support.day + Support.minute
        func count() async throws -> Double? {
            try await Support.value("count_over_time(m[5m])", .exact, at: then, in: database.readView())
        }
        #expect(try await count() == 2)
        try database.dropFuture()
        #expect(try await count() == nil)
        try database.rollUp()
        #expect(try await count() == nil)
        #expect(try await Self.maximum(database) == 49)
    }

    @Test func `from the beginning if their directory is lost`() async throws {
        let clocks = MovableClocks(), disk = SimulatedFileSystem()
        try Self.filled(clocks, disk).close()
        disk.removeTree("/data/rollups")
        let database = try Database(
            files: disk, path: "/data", configuration: Support.configuration(clocks, [Support.rule()]))
        #expect(try await Self.maximum(database) == 49)
        #expect(try database.rollUp().samples == 360)
    }
}

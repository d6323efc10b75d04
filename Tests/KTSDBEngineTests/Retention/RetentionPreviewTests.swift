import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `A preview of retention` {
    typealias Rules = `A database with retention rules`
    static let day = Rules.day

    static func prepared(_ files: any FileSystem, _ clocks: MovableClocks, days: Int) throws -> Database {
        let database = try Rules.open(files, clocks, RetentionLimits())
        try Rules.pass(days, database, clocks)
        return database
    }

    @Test func `says what each rule, the age and the size would remove, and changes nothing`() throws {
        let clocks = MovableClocks(), database = try Self.prepared(SimulatedFileSystem(), clocks, days: 12)
        let before = try Rules.counts(database.readView())
        var limits = RetentionLimits(
            age: .milliseconds(10 * Self.day), rules: try Rules.rules(("short", 3), ("long", 20)))
        var preview = try database.retentionPreview(limits)
        #expect(preview.classes.map(\.name) == ["short", "long", nil] && preview.classes.map(\.series) == [2, 2, 2])
        #expect(preview.classes.map(\.loss.series) == [2, 0, 2] && preview.classes.map(\.loss.blocks) == [8, 0, 1])
        #expect(preview.classes.map(\.loss.samples) == [16, 0, 2])
        let first = clocks.now - 11 * Self.day
        #expect(preview.classes[0].loss.times?.milliseconds == first...(clocks.now - 4 * Self.day))
        #expect(preview.classes[2].loss.times?.milliseconds == first...first && preview.classes[1].loss.times == nil)
        #expect(preview.classes[0].loss.bytes > 7 * preview.classes[2].loss.bytes && preview.classes[2].loss.bytes > 0)
        #expect(preview.classes[0].horizon?.milliseconds == clocks.now - 3 * Self.day && preview.byteLimit == nil)
        // Of the size, what the rules leave.
        let use = database.storageUse
        limits = RetentionLimits(byteLimit: use.total - use.blocks / 2)
        preview = try database.retentionPreview(limits)
        #expect(preview.byteLimit == limits.byteLimit && preview.usedBytes == use.total && preview.size.blocks == 6)
        #expect(preview.size.samples == 36 && preview.size.times?.lowerBound.milliseconds == first)
        limits.age = .milliseconds(4 * Self.day)
        #expect(try database.retentionPreview(limits).size.blocks == 0)
        #expect(try Rules.counts(database.readView()) == before && database.statistics.blocks == 12)
        #expect(try database.retentionPreview().classes.map(\.loss) == [RetentionPreview.Loss()])
    }

    /// What the preview says is what goes.
    @Test(arguments: 1...12 as ClosedRange<UInt64>) func `is what happens`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let clocks = MovableClocks(), database = try Rules.open(SimulatedFileSystem(), clocks, RetentionLimits())
        for _ in 0..<random.below(30) + 3 {
            clocks.pass(Int64(random.below(Int(Self.day))) + 1000)
            try Rules.scrape(database, clocks)
            if random.oneIn(3) { try database.seal() }
        }
        try database.seal()
        func time(_ random: inout SeededGenerator) -> Duration {
            .milliseconds(Int64(random.below(15 * Int(Self.day))) + 1)
        }
        let rules = try ["short", "long"].filter { _ in random.oneIn(2) }.map {
            try RetentionRule($0, matching: [[.equal("class", $0)]], keep: time(&random))
        }
        let limits = RetentionLimits(age: random.oneIn(2) ? nil : time(&random), rules: try RetentionRules(rules))
        let preview = try database.retentionPreview(limits)
        let before = try Rules.counts(database.readView()).reduce(0, +)
        database.setRetention(limits)
        let after = try Rules.counts(database.readView()).reduce(0, +)
        // Each class has two series with the same times, of which one is counted.
        #expect(preview.classes.reduce(0) { $0 + Int($1.loss.samples) } == 2 * (before - after))
        #expect(try database.retentionPreview() == preview)
        database.confirmClock()
        database.maintain()
        let left = try database.retentionPreview()
        #expect(left.classes.map(\.loss.samples).reduce(0, +) <= preview.classes.map(\.loss.samples).reduce(0, +))
        #expect(left.unread.isEmpty && !left.isPaused)
    }

    @Test func `a database that is only read has one too`() throws {
        let directory = TemporaryDirectory(), clocks = MovableClocks()
        let database = try Self.prepared(POSIXFileSystem(), directory, clocks)
        try database.close()
        let reading = try Database.reading(path: directory.path)
        let preview = try reading.retentionPreview(RetentionLimits(age: .seconds(86_400), diskPercentage: 100))
        #expect(preview.classes[0].loss.samples == 12 && (preview.byteLimit ?? 0) > 0)
    }

    private static func prepared(
        _ files: POSIXFileSystem, _ directory: TemporaryDirectory, _ clocks: MovableClocks
    ) throws -> Database {
        let configuration = Rules.configuration(clocks, RetentionLimits())
        let database = try Database(files: files, path: directory.path, configuration: configuration)
        try Rules.pass(4, database, clocks)
        return database
    }
}

import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Late exemplars` {
    typealias Support = `A database with exemplars`
    static let hour: Int64 = 3_600_000, start: Int64 = 1_700_000_000_000 / 7_200_000 * 7_200_000

    /// Appends a sample of series 0, or none.
    static func sample(_ time: Int64, to database: Database) throws {
        try database.append { $0.append(1, at: Timestamp(milliseconds: time), to: Support.labels(0)) }
    }

    /// Appends exemplars of series 0 with times of their own, which also are their identities.
    @discardableResult
    static func append(_ times: Int64..., to database: Database) throws -> ExemplarCounts {
        try database.append { batch in
            for time in times {
                batch.append(
                    Support.exemplar("\(time)", at: time), at: Timestamp(milliseconds: time), to: Support.labels(0))
            }
        }.exemplars
    }

    static func times(_ database: Database) throws -> [Int64] {
        try Support.all(database)[Support.labels(0)]?.map(\.timestamp!.milliseconds) ?? []
    }

    static func counts(appended: Int = 0, repeated: Int = 0, outOfOrder: Int = 0) -> ExemplarCounts {
        var counts = ExemplarCounts()
        (counts.appended, counts.repeated, counts.outOfOrder) = (appended, repeated, outOfOrder)
        return counts
    }

    @Test func `are accepted within the window, which ends where that of samples does`() throws {
        let database = try Support.open(SimulatedFileSystem(), window: .seconds(3600)), newest = Self.start
        try Self.sample(newest, to: database)
        #expect(try Self.append(newest - 60_000, to: database).appended == 1)
        #expect(try Self.append(newest - Self.hour, to: database) == Self.counts(appended: 1))
        #expect(try Self.append(newest - Self.hour - 1, to: database) == Self.counts(outOfOrder: 1))
        let edge = try database.append { batch in
            for time in [newest - Self.hour, newest - Self.hour - 1] {
                batch.append(2, at: Timestamp(milliseconds: time), to: Support.labels(0))
            }
        }
        #expect(edge.appended == 1 && edge.rejections == [.tooOld: 1])
        #expect(try Self.times(database) == [newest - Self.hour, newest - 60_000])
        // Samples of any series move the window; a series without exemplars has no late ones.
        try database.append { $0.append(1, at: Timestamp(milliseconds: newest + 60_000), to: Support.labels(1)) }
        #expect(try Self.append(newest - Self.hour + 59_999, to: database).outOfOrder == 1)
        #expect(try Self.append(newest - Self.hour + 60_000, to: database).appended == 1)
        let other = try database.append {
            $0.append(Support.exemplar("old", at: 1), at: Timestamp(milliseconds: 1), to: Support.labels(1))
        }
        #expect(other.exemplars.appended == 1)
        // The window may change at any time.
        database.setOutOfOrderWindow(.zero)
        #expect(try Self.append(newest - 60_001, to: database) == Self.counts(outOfOrder: 1))
        database.setOutOfOrderWindow(nil)
        #expect(try Self.append(1, to: database) == Self.counts(appended: 1))
        #expect(try Self.times(database).first == 1)
    }

    @Test func `are not stored or written twice, and follow the rule for one time`() throws {
        let database = try Support.open(SimulatedFileSystem()), time = Self.start
        try Self.append(time, time + 1000, time + 2000, to: database)
        #expect(try Self.append(time + 500, to: database).appended == 1)
        let before = database.statistics.logBytes
        // What a client sends again with each scrape.
        #expect(try Self.append(time, time + 500, time + 1000, time + 2000, to: database) == Self.counts(repeated: 4))
        #expect(database.statistics.logBytes == before && database.statistics.exemplars.stored == 4)
        func append(_ value: Double, _ id: String) throws -> ExemplarCounts {
            try database.append {
                $0.append(
                    Support.exemplar(id, value, at: time + 500), at: Timestamp(milliseconds: time),
                    to: Support.labels(0))
            }.exemplars
        }
        #expect(try append(0.5, "less") == Self.counts(outOfOrder: 1))
        #expect(try append(3, "more") == Self.counts(appended: 1))
        #expect(try append(3, "more") == Self.counts(repeated: 1))
        #expect(try append(1, "\(time + 500)") == Self.counts(repeated: 1))
        #expect(try append(2, "between") == Self.counts(outOfOrder: 1))
        let found = try Support.all(database)[Support.labels(0)]!
        #expect(found.map(\.timestamp!.milliseconds) == [0, 500, 500, 1000, 2000].map { time + $0 })
        #expect(found.map(\.value) == [1, 1, 3, 1, 1])
    }

    /// One without a time of its own has that of its sample: the next scrape sends it again.
    @Test func `without a time of their own repeat the one before them`() throws {
        let database = try Support.open(SimulatedFileSystem())
        func append(_ time: Int64, _ id: String) throws -> ExemplarCounts {
            try database.append {
                $0.append(Support.exemplar(id), at: Timestamp(milliseconds: time), to: Support.labels(0))
            }.exemplars
        }
        #expect(try append(1000, "a").appended == 1 && append(5000, "b").appended == 1)
        #expect(try append(2000, "a").repeated == 1)
        #expect(try append(2000, "c").appended == 1 && append(3000, "a").appended == 1)
        #expect(try Self.times(database) == [1000, 2000, 3000, 5000])
    }

    /// From the log alone, from a checkpoint alone, and from both: as if there had been no restart.
    @Test(arguments: [[], [1], [4], [1, 3], [0, 2, 5]] as [Set<Int>]) func `survive a restart, and so do verdicts`(
        checkpoints: Set<Int>
    ) throws {
        let disk = SimulatedFileSystem(), database = try Support.open(disk, limit: 5, window: .seconds(3600))
        let time = Self.start
        for (step, own) in [0, 50, 20, 10, 40, 30].enumerated() {
            try Self.sample(time + Int64(step), to: database)
            #expect(try Self.append(time + Int64(own), to: database).appended == 1)
            if checkpoints.contains(step) { database.maintain() }
        }
        // The first one, at 0, was removed for the last; then the newest.
        for extra in [35, 45] as [Int64] {
            let again = try Support.open(disk.processEndImage(), limit: 5, window: .seconds(3600))
            #expect(try Self.times(again) == Self.times(database))
            #expect(again.statistics.exemplars.stored == 5)
            for own in [20, 45, 45, 44, 60, 20] as [Int64] {
                #expect(try Self.append(time + own, to: again).rejected == 0)
            }
            #expect(try Self.times(again).suffix(2) == [time + 45, time + 60])
            #expect(try Self.append(time + extra, to: database).appended == 1)
        }
        #expect(try Self.times(database) == [10, 30, 35, 40, 45].map { time + $0 })
        let last = try Support.open(disk.processEndImage(), limit: 5, window: .seconds(3600))
        #expect(try Self.times(last) == Self.times(database))
        // The newest of what is left is at 45.
        for opened in [database, last] {
            opened.setOutOfOrderWindow(.zero)
            #expect(try Self.append(time + 44, to: opened).outOfOrder == 1)
            #expect(try Self.append(time + 46, to: opened).appended == 1)
        }
    }

    /// Commits that are in blocks by the time of the restart are judged by what was the newest sample then.
    @Test func `are judged by the newest sample that there was`() throws {
        let disk = SimulatedFileSystem(), time = Self.start
        let database = try Support.open(disk, window: .seconds(3600))
        try Self.sample(time, to: database)
        database.maintain()
        // Two of one minute, of which a block keeps one.
        try Self.append(time, to: database)
        try Self.append(time - 1_800_000, time - 1_799_999, to: database)
        try Self.sample(time + 3 * Self.hour, to: database)
        #expect(try Self.append(time - 1_800_001, to: database).outOfOrder == 1)
        try database.seal()
        let expected = [time - 1_800_000, time - 1_799_999, time]
        #expect(try Self.times(database) == expected)
        let again = try Support.open(disk.processEndImage(), window: .seconds(3600))
        #expect(again.statistics.exemplars.stored == 3)
        #expect(try Self.times(again) == expected)
    }

    /// A week of exemplars with their samples in random order: in memory and in blocks they are as if they had come in
    /// order.
    @Test(arguments: [1, 2, 3] as [UInt64]) func `of a week in random order are as if they came in order`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        var items: [(series: Int, time: Int64)] = []
        for series in 0..<3 {
            var time = Self.start
            while time < Self.start + 168 * Self.hour {
                time += Int64(1 + random.below(2_400_000))
                items.append((series, time))
            }
        }
        let disks = [SimulatedFileSystem(), SimulatedFileSystem()]
        var found: [[Labels: [Exemplar]]] = []
        for disk in disks {
            let database = try Support.open(disk, limit: 10_000)
            let order = disk === disks[0] ? items.sorted { $0.time < $1.time } : items.shuffled(using: &random)
            for first in stride(from: 0, to: order.count, by: 50) {
                let counts = try database.append { batch in
                    for (series, time) in order[first..<min(first + 50, order.count)] {
                        let labels = Support.labels(series)
                        batch.append(1, at: Timestamp(milliseconds: time), to: labels)
                        batch.append(
                            Support.exemplar("\(time)", at: time), at: Timestamp(milliseconds: time), to: labels)
                    }
                }.exemplars
                #expect(counts.rejected == 0 && counts.repeated == 0)
                if random.oneIn(6) { try database.seal() }
            }
            found.append(try Support.all(database))
            try database.close()
            // Blocks alone.
            let blocks = try Support.open(disk, limit: 0)
            _ = try blocks.compact()
            found.append(try Support.all(blocks))
            for block in try Support.blocks(disk, blocks) { try block.verify() }
        }
        #expect(found[0] == found[2] && found[0].values.map(\.count).reduce(0, +) == items.count)
        #expect(found[1] == found[3] && found[1].values.map(\.count).reduce(0, +) > items.count * 9 / 10)
    }

    @Test func `are deleted, come back from blocks, and can be stored again`() throws {
        let disk = SimulatedFileSystem(), minute: Int64 = 60_000, time = Self.start
        func open() throws -> Database { try Support.open(disk.processEndImage()) }
        let database = try Support.open(disk)
        for own in [9, 3, 6, 1] as [Int64] {
            try Self.sample(time + own * minute, to: database)
            try Self.append(time + own * minute, to: database)
        }
        func minutes(_ database: Database) throws -> [Int64] { try Self.times(database).map { ($0 - time) / minute } }
        let range = Timestamp(milliseconds: time + 3 * minute)...Timestamp(milliseconds: time + 9 * minute)
        let deletion = try #require(try database.delete(matching: .equal("i", "0"), in: range))
        #expect(try minutes(database) == [1] && minutes(open()) == [1])
        // The one that is left is the newest now.
        #expect(try Self.append(time + 2 * minute, to: database).appended == 1)
        #expect(try Self.append(time + 4 * minute, time + 3 * minute, to: database).appended == 2)
        #expect(try minutes(database) == [1, 2, 3, 4] && minutes(open()) == [1, 2, 3, 4])
        try database.undelete(deletion.id)
        #expect(try minutes(database) == [1, 2, 3, 4, 6, 9] && minutes(open()) == [1, 2, 3, 4, 6, 9])
    }

    @Test func `are followed by another process`() throws {
        let disk = SimulatedFileSystem(), time = Self.start
        let database = try Support.open(disk)
        try Self.append(time + 5, time + 2, to: database)
        var configuration = Database.Configuration()
        configuration.exemplarLimit = 1000
        let follower = try DatabaseFollower(files: disk, path: Support.path, configuration: configuration)
        for (step, own) in [4, 1, 9, 3, 7].enumerated() {
            try Self.sample(time + Int64(step), to: database)
            try Self.append(time + Int64(own), to: database)
            if step == 1 { database.maintain() }
            if step == 3 { try database.seal() }
            _ = try follower.refresh()
            let found = try follower.readView().exemplars(matching: [[]], in: Support.always).flatMap(\.exemplars)
            #expect(found.map(\.timestamp!.milliseconds) == (try Self.times(database)))
        }
        #expect(try Self.times(database) == [1, 2, 3, 4, 5, 7, 9].map { time + $0 })
    }
}

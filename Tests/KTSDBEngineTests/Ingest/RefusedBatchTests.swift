import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// A batch of which nothing is stored leaves no series behind: not in memory, not in the log, not after a start.
@Suite struct `A refused batch` {
    static let now: Int64 = 1_700_000_000_000
    static let everything = Timestamp(milliseconds: 0)...Timestamp(milliseconds: now * 2)

    static func open(_ files: any FileSystem) throws -> Database {
        var configuration = CheckpointTestSupport.configuration()
        configuration.checkpointLogByteLimit = 1 << 30
        configuration.maximumFuture = .seconds(600)
        configuration.outOfOrderWindow = .zero
        configuration.wallClock = { now }
        configuration.exemplarLimit = 100
        return try Database(files: files, path: "/data", configuration: configuration)
    }

    static func labels(_ name: String) -> Labels { ["__name__": name, "only_\(name)": "value_\(name)"] }

    /// Checks that the database has the series of these names and no others, now and after a start.
    static func expect(_ names: [String], in database: Database, on disk: SimulatedFileSystem) throws {
        func check(_ database: Database) throws {
            let view = database.readView()
            #expect(try view.labelValues(of: "__name__", in: everything) == names.sorted())
            let labelNames = names.isEmpty ? [] : ["__name__"] + names.map { "only_\($0)" }.sorted()
            #expect(try view.labelNames(in: everything) == labelNames)
            #expect(try view.series(in: everything).count == names.count)
            let statistics = database.statistics
            #expect(statistics.series == names.count)
        }
        try check(database)
        database.maintain()
        // The name of the metric's label, and a name and two values for each series.
        #expect(database.statistics.symbols == (names.isEmpty ? 0 : 1 + 3 * names.count))
        try check(open(disk.processEndImage()))
    }

    /// The ways in which a batch can name a series.
    static func append(
        _ value: Double, at time: Int64, to name: String, resolving: Bool, _ batch: inout Batch
    ) {
        if resolving {
            let id = batch.series(labels(name))
            batch.append(value, at: Timestamp(milliseconds: time), to: id)
        } else {
            batch.append(value, at: Timestamp(milliseconds: time), to: labels(name))
        }
    }

    @Test(arguments: [true, false])
    func `whose samples are all too old or too far ahead makes no series`(resolving: Bool) throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        try database.append { Self.append(1, at: Self.now, to: "a", resolving: resolving, &$0) }
        let bytes = database.statistics.logBytes
        let summary = try database.append { batch in
            Self.append(1, at: Self.now + 600_001, to: "future", resolving: resolving, &batch)
            Self.append(1, at: Self.now - 3_600_001, to: "past", resolving: resolving, &batch)
            Self.append(1, at: .min, to: "never", resolving: resolving, &batch)
        }
        #expect(summary.appended == 0)
        #expect(summary.rejections == [.tooFarInFuture: 1, .outOfBounds: 2])
        #expect(database.statistics.rejectedSamples == summary.rejections)
        #expect(database.statistics.logBytes == bytes, "Nothing goes into the log.")
        try Self.expect(["a"], in: database, on: disk)
    }

    @Test(arguments: [true, false])
    func `of which a part is stored makes the series of that part`(resolving: Bool) throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        let summary = try database.append { batch in
            // Older by more than an hour than what the same batch brings later, and that when it is its turn.
            Self.append(1, at: Self.now - 3_700_000, to: "early", resolving: resolving, &batch)
            Self.append(1, at: Self.now, to: "a", resolving: resolving, &batch)
            Self.append(1, at: Self.now - 3_700_000, to: "late", resolving: resolving, &batch)
            Self.append(1, at: Self.now - 3_700_000, to: "both", resolving: resolving, &batch)
            Self.append(1, at: Self.now - 10, to: "both", resolving: resolving, &batch)
        }
        #expect(summary.appended == 3)
        #expect(summary.rejections == [.outOfBounds: 2])
        try Self.expect(["a", "both", "early"], in: database, on: disk)
        let again = try database.append { Self.append(2, at: Self.now, to: "late", resolving: resolving, &$0) }
        #expect(again.appended == 1)
        try Self.expect(["a", "both", "early", "late"], in: database, on: disk)
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `stores what a batch stores that is judged sample by sample`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        var newest = Int64.min, last: [String: Int64] = [:]
        for _ in 0..<30 {
            var expected: [RejectionReason: Int] = [:], stored = 0
            var samples: [(name: String, time: Int64)] = []
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                // Little ahead of the clock, so that no series begins anew, or too far.
                let isAhead = Int.random(in: 0..<10, using: &random) == 0
                let time =
                    Self.now + Int64.random(in: isAhead ? 600_001...900_000 : -9_000_000...50_000, using: &random)
                samples.append(("s\(Int.random(in: 0..<60, using: &random))", time))
            }
            for (name, time) in samples {
                let before = last[name] ?? .min
                if time > Self.now + 600_000 {
                    expected[.tooFarInFuture, default: 0] += 1
                } else if newest != .min, time < min(newest, Self.now) - 3_600_000 {
                    expected[.outOfBounds, default: 0] += 1
                } else if time <= before {
                    expected[.outOfOrder, default: 0] += 1
                } else {
                    last[name] = time
                    newest = max(newest, time)
                    stored += 1
                }
            }
            let resolving = Bool.random(using: &random)
            let summary = try database.append { batch in
                for (name, time) in samples {
                    Self.append(1, at: time, to: name, resolving: resolving, &batch)
                }
            }
            #expect(summary.appended == stored)
            #expect(summary.rejections == expected)
        }
        try Self.expect(Array(last.keys), in: database, on: disk)
    }

    @Test func `that its body gives up leaves nothing`() throws {
        struct Half: Error {}
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        #expect(throws: Half.self) {
            try database.append { batch throws(Half) in
                Self.append(1, at: Self.now, to: "resolved", resolving: true, &batch)
                Self.append(1, at: Self.now, to: "pending", resolving: false, &batch)
                throw Half()
            }
        }
        try Self.expect([], in: database, on: disk)
    }

    @Test(arguments: [true, false]) func `that the log does not take leaves nothing`(resolving: Bool) throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        try database.append { Self.append(1, at: Self.now, to: "a", resolving: resolving, &$0) }
        disk.setCapacity(disk.snapshot.values.reduce(0) { $0 + $1.count })
        #expect(throws: AppendError.self) {
            try database.append { Self.append(1, at: Self.now, to: "b", resolving: resolving, &$0) }
        }
        disk.setCapacity(nil)
        try Self.expect(["a"], in: database, on: disk)
        try database.append { Self.append(1, at: Self.now, to: "b", resolving: resolving, &$0) }
        try Self.expect(["a", "b"], in: database, on: disk)
    }

    @Test func `leaves a series that another batch has stored meanwhile, and that one stores under its labels`() throws
    {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        // The outer batch makes the series, the inner one stores in it.
        try database.append { batch in
            let id = batch.series(Self.labels("a"))
            batch.append(1, at: Timestamp(milliseconds: Self.now + 700_000), to: id)
            _ = try! database.append { Self.append(1, at: Self.now, to: "a", resolving: false, &$0) }
        }
        try Self.expect(["a"], in: database, on: disk)
        // The inner one makes it and is refused; the outer one has resolved it, too.
        struct Half: Error {}
        let summary = try database.append { batch in
            var id: SeriesID?
            _ = try? database.append { inner throws(Half) in
                _ = inner.series(Self.labels("b"))
                id = batch.series(Self.labels("b"))
                throw Half()
            }
            batch.append(1, at: Timestamp(milliseconds: Self.now), to: id!)
        }
        #expect(summary.appended == 1)
        try Self.expect(["a", "b"], in: database, on: disk)
    }

    @Test func `keeps a series that was resolved for later`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        var id: SeriesID?
        try database.append { id = $0.series(Self.labels("a")) }
        let summary = try database.append { $0.append(1, at: Timestamp(milliseconds: Self.now), to: id!) }
        #expect(summary.appended == 1)
        try Self.expect(["a"], in: database, on: disk)
    }

    @Test func `takes the exemplars of its new series with it`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        for resolving in [true, false] {
            let summary = try database.append { batch in
                Self.append(1, at: Self.now + 700_000, to: "x", resolving: resolving, &batch)
                let exemplar = Exemplar(labels: ["trace": "1"], value: 1)
                batch.append(exemplar, at: Timestamp(milliseconds: Self.now), to: Self.labels("x"))
            }
            #expect(summary.appended == 0 && summary.exemplars.unknownSeries == 1)
            try Self.expect([], in: database, on: disk)
        }
    }

    @Test func `gives its slots away, and wire keys lead to no other series`() throws {
        let database = try Self.open(SimulatedFileSystem())
        for round in 0..<50 {
            _ = try database.append { batch in
                for number in 0..<20 {
                    Self.append(1, at: Self.now + 700_000, to: "r\(round)_\(number)", resolving: true, &batch)
                }
            }
            database.maintain()
        }
        #expect(database.statistics.series == 0 && database.statistics.symbols == 0)
    }
}

@Suite struct `A series id of another database` {
    @Test func `is refused, whether the other has the same numbers or not`() throws {
        let labels: Labels = ["__name__": "m"], time = Timestamp(milliseconds: 1_000)
        let first = Database.inMemory(`A database`.manual()), second = Database.inMemory(`A database`.manual())
        var id: SeriesID?
        try first.append { id = $0.series(labels) }
        try second.append { batch in batch.append(1, at: time, to: labels) }
        let foreign = try #require(id)
        let summary = try second.append { batch in
            let isCurrent = batch.isCurrent(foreign)
            #expect(!isCurrent)
            batch.append(2, at: Timestamp(milliseconds: 2_000), to: foreign)
            batch.append(
                Exemplar(labels: ["trace_id": "1"], value: 1, timestamp: time), at: time, to: foreign)
        }
        #expect(summary.appended == 0)
        #expect(summary.rejections == [.foreignSeriesID: 1])
        let own = try first.append { batch in
            let isCurrent = batch.isCurrent(foreign)
            #expect(isCurrent)
            batch.append(2, at: Timestamp(milliseconds: 2_000), to: foreign)
        }
        #expect(own.appended == 1 && own.rejections.isEmpty)
        #expect(try `A database`.contents(second.readView())[labels]?.count == 1)
    }
}

import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Checkpoints` {
    typealias Support = CheckpointTestSupport

    static func labels(_ number: Int) -> Labels { ["__name__": "m\(number % 3)", "i": "\(number)", "job": "a"] }

    static func append(_ range: Range<Int>, at time: Int64, to database: Database) throws {
        try database.append { batch in
            for number in range {
                batch.append(Double(number) + Double(time % 7), at: Timestamp(milliseconds: time), to: labels(number))
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `A database that is killed and opened again goes on exactly where it was`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var disk = SimulatedFileSystem()
        var database = try Support.open(disk)
        var time: Int64 = 1_700_000_000_000
        var expected: [Labels: [UInt64]] = [:]
        var next = 20
        var loaded = 0
        for _ in 0..<120 {
            time += Int64(generator.below(30_000)) + 1
            if generator.oneIn(4) { next += generator.below(30) }
            let first = generator.below(next)
            try Self.append(first..<min(next, first + 25), at: time, to: database)
            for number in first..<min(next, first + 25) {
                expected[Self.labels(number), default: []] += [
                    UInt64(bitPattern: time), (Double(number) + Double(time % 7)).bitPattern,
                ]
            }
            // A sample that is too late stays too late.
            let late = try database.append { batch in
                batch.append(1, at: Timestamp(milliseconds: time - 1), to: Self.labels(first))
            }
            #expect(late.appended == 0)
            if generator.oneIn(3) { database.maintain() }
            if generator.oneIn(12) { try database.seal() }
            if generator.oneIn(6) {
                disk = disk.processEndImage()
                database = try Support.open(disk)
                #expect(database.recovery.damagedCheckpoints.isEmpty && !database.recovery.foundDamage)
                loaded += database.recovery.checkpoint?.samples ?? 0 > 0 ? 1 : 0
                #expect(try Support.contents(database) == expected)
            }
        }
        #expect(try Support.contents(database) == expected)
        #expect(loaded > 2)
    }

    /// Ids of symbols and shapes and slots are given again to series of other names, in files that go on.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `Series that come and go with other label names leave every checkpoint whole`(seed: UInt64) throws {
        var configuration = Support.configuration()
        configuration.openByteLimit = 1
        configuration.maximumFuture = nil
        var generator = SeededGenerator(seed: seed)
        var disk = SimulatedFileSystem()
        var database = try Database(files: disk, path: Support.path, configuration: configuration)
        var expected: [Labels: [UInt64]] = [:]
        var loaded: Set<UInt64> = []
        for step in 0..<150 {
            let time = Int64(step) * 700_000
            var living: Set<Labels> = []
            for _ in 0...generator.below(4) {
                let names = Set((0...generator.below(4)).map { _ in "n\(generator.below(12))" })
                let pairs = names.map { ($0, "v\(generator.below(5))") }
                living.insert(try Labels(checking: pairs + [("__name__", "m")]))
            }
            try database.append { batch in
                for labels in living { batch.append(1, at: Timestamp(milliseconds: time), to: labels) }
            }
            for labels in living {
                expected[labels, default: []] += [UInt64(bitPattern: time), (1.0).bitPattern]
            }
            database.maintain()
            guard generator.oneIn(3) else { continue }
            disk = disk.processEndImage()
            database = try Database(files: disk, path: Support.path, configuration: configuration)
            #expect(!database.recovery.foundDamage, "step \(step): \(database.recovery)")
            if let checkpoint = database.recovery.checkpoint { loaded.insert(checkpoint.number) }
            #expect(try Support.contents(database) == expected)
        }
        #expect(loaded.count > 20)
    }

    @Test func `Long series with full chunks come back, and their open chunks go on`() throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        for step in 0..<900 { try Self.append(0..<4, at: Int64(step) * 15_000, to: database) }
        database.maintain()
        for step in 900..<1000 { try Self.append(0..<4, at: Int64(step) * 15_000, to: database) }
        let image = disk.processEndImage()
        let reopened = try Support.open(image)
        #expect(reopened.recovery.checkpoint?.samples == 3600)
        #expect(reopened.recovery.log.replayedSamples == 400)
        for step in 1000..<1500 {
            try Self.append(0..<4, at: Int64(step) * 15_000, to: database)
            try Self.append(0..<4, at: Int64(step) * 15_000, to: reopened)
        }
        #expect(try Support.contents(reopened) == Support.contents(database))
        #expect(reopened.statistics.chunkBytes == database.statistics.chunkBytes)
    }

    @Test func `Appends that go on meanwhile are in it or in the log, whole commits in their order`() async throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        let images = await withTaskGroup(of: [SimulatedFileSystem].self) { group in
            group.addTask {
                for step in 0..<400 {
                    try? Self.append(0..<(40 + step), at: Int64(step + 1) * 15_000, to: database)
                }
                return []
            }
            group.addTask {
                var images: [SimulatedFileSystem] = []
                for round in 0..<60 {
                    database.maintain()
                    if round % 6 == 5 { images.append(disk.processEndImage()) }
                }
                return images
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        for image in images + [disk.processEndImage()] {
            let found = try Support.contents(Support.open(image))
            // Series n + 40 begins with step n + 1: whole commits give all series the same end.
            let last = found.values.map { $0[$0.count - 2] }.max() ?? 0
            let steps = Int(Int64(bitPattern: last) / 15_000)
            #expect(found.count == (steps == 0 ? 0 : 39 + steps))
            for number in 0..<(steps == 0 ? 0 : 39 + steps) {
                let first = max(0, number - 39)
                #expect(found[Self.labels(number)]?.count == (steps - first) * 2)
            }
        }
        let final = try Support.open(disk.processEndImage())
        #expect(try Support.contents(final) == Support.contents(database))
    }

    @Test func `A file of series is gone on with, in turns with another, and left when half of it is dead`() throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        var time: Int64 = 1_700_000_000_000
        var lengths: [UInt64: [UInt8]] = [:]
        var used: [UInt64] = []
        for round in 0..<6 {
            time += 15_000
            try Self.append((round * 50)..<(round * 50 + 50), at: time, to: database)
            database.maintain()
            let newest = try #require(try Support.records(of: disk).last)
            used.append(newest.seriesFile)
            let path = "/data/checkpoints/000000000000000\(newest.seriesFile).series"
            let bytes = try #require(disk.contents(of: path))
            #expect(bytes.starts(with: lengths[newest.seriesFile] ?? []))
            lengths[newest.seriesFile] = bytes
        }
        #expect(used == [1, 2, 1, 2, 1, 2])
        #expect(try Support.records(of: disk).count == 2)
        #expect(Support.files(of: disk).count == 4)
        // All but a few series end; two seals later they have left memory.
        for _ in 0..<4 {
            time += 700_000
            try Self.append(0..<3, at: time, to: database)
            try database.seal()
            database.maintain()
        }
        #expect(database.statistics.series == 3)
        time += 15_000
        try Self.append(0..<3, at: time, to: database)
        database.maintain()
        let newest = try #require(try Support.records(of: disk).last)
        #expect(newest.seriesFile > 2)
        #expect(newest.seriesByteCount < 600)
        #expect(try Support.contents(Support.open(disk.processEndImage())) == Support.contents(database))
    }

    @Test func `What a checkpoint holds is not defined again, and the log behind it goes`() throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        var time: Int64 = 1_700_000_000_000
        for _ in 0..<5 {
            time += 15_000
            try Self.append(0..<200, at: time, to: database)
            database.maintain()
        }
        time += 15_000
        try Self.append(0..<201, at: time, to: database)
        #expect(database.statistics.replayBytes < 3000)
        #expect(database.statistics.logBytes < 8000)
        let image = disk.processEndImage()
        var defined = 0
        _ = try LogRecovery<LoggedCommit>.recover(
            fileSystem: image, directory: "/data/wal",
            databaseID: Manifest.open(fileSystem: disk.processEndImage(), directory: "/data").state.databaseID,
            sealedThrough: 0, checkpoint: Support.records(of: disk).last!.sequence
        ) { frame in defined += frame.definitions.count }
        #expect(defined == 1)
        let reopened = try Support.open(disk.processEndImage())
        #expect(reopened.recovery.orphanedSamples == 0)
        #expect(try Support.contents(reopened) == Support.contents(database))
    }

    @Test func `On a full disk the older one gives its room up, and the newest and its log hold`() throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        var time: Int64 = 1_700_000_000_000
        for round in 0..<3 {
            time += 15_000
            try Self.append(0..<(200 + 80 * round), at: time, to: database)
            database.maintain()
        }
        #expect(try Support.records(of: disk).map(\.number) == [2, 3])
        time += 15_000
        try Self.append(0..<450, at: time, to: database)
        disk.setCapacity(disk.snapshot.values.reduce(0) { $0 + $1.count } + 3000)
        database.maintain()
        #expect(database.statistics.checkpointFailure != nil)
        #expect(try Support.records(of: disk).count == 1)
        let reopened = try Support.open(disk.processEndImage())
        #expect(reopened.recovery.damagedCheckpoints.isEmpty)
        #expect(try Support.contents(reopened) == Support.contents(database))
    }

    @Test func `Works on real files`() throws {
        let directory = TemporaryDirectory()
        var configuration = Support.configuration()
        configuration.durability = .buffered
        configuration.outOfOrderWindow = .zero
        let expected: [Labels: [UInt64]]
        do {
            let database = try Database(path: directory.path, configuration: configuration)
            for step in 0..<50 {
                try Self.append(0..<2000, at: Int64(step + 1) * 15_000, to: database)
                if step % 15 == 14 { database.maintain() }
            }
            expected = try Support.contents(database)
            try database.close()
        }
        let reopened = try Database(path: directory.path, configuration: configuration)
        #expect(reopened.recovery.checkpoint?.series == 2000)
        #expect(try Support.contents(reopened) == expected)
        let late = try reopened.append { $0.append(1, at: Timestamp(milliseconds: 15_000), to: Self.labels(7)) }
        #expect(late.rejections == [.outOfOrder: 1])
    }
}

import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Dropping what lies ahead of the clock` {
    static let hour: Int64 = 3_600_000, day: Int64 = 24 * 3_600_000

    static func configuration(_ clocks: MovableClocks, sliceRows: Int = BlockMerger.sliceRows) -> Database.Configuration
    {
        var configuration = `A database whose clock was wrong`.configuration(clocks)
        configuration.durability = .durable
        configuration.compactsWhenDue = false
        configuration.compactionSliceRows = sliceRows
        return configuration
    }

    static func open(
        _ files: any FileSystem, _ clocks: MovableClocks, sliceRows: Int = BlockMerger.sliceRows
    ) throws -> Database {
        try Database(files: files, path: "/data", configuration: configuration(clocks, sliceRows: sliceRows))
    }

    /// Stores samples around now, some of which are ahead: in blocks that have nothing else, in blocks that have both,
    /// and in memory. Returns what is not ahead.
    static func prepare(_ database: Database, _ clocks: MovableClocks, series: Int = 4) throws -> [Labels: [Sample]] {
        var kept: [Labels: [Sample]] = [:], value = 0.0
        let right = clocks.now
        func store(at times: [Int64]) throws {
            for time in times {
                clocks.now = max(right, time)
                try database.append { batch in
                    for number in 0..<series {
                        let labels: Labels = ["__name__": "m", "i": "\(number)"], time = Timestamp(milliseconds: time)
                        value += 1
                        batch.append(value, at: time, to: labels)
                        batch.append(
                            Exemplar(labels: ["trace_id": "\(value)"], value: value), at: time, to: labels)
                        if time.milliseconds <= right + 600_000 {
                            kept[labels, default: []].append(Sample(timestamp: time, value: value))
                        }
                    }
                    if time > right + 600_000 {
                        batch.append(1, at: Timestamp(milliseconds: time), to: ["__name__": "only_ahead"])
                    }
                }
            }
            clocks.now = right
        }
        // One window, so that a block has both; then another day; then memory.
        try store(at: [right - 1000, right, right + 500_000, right + 600_000, right + 600_001, right + 900_000])
        try database.seal()
        try store(at: [right + day, right + day + 1000])
        try database.seal()
        try store(at: [right + 2 * day, right + 1000])
        return kept
    }

    @Test(arguments: [1, BlockMerger.sliceRows])
    func `removes it from memory, from the log and from blocks, and nothing else`(sliceRows: Int) throws {
        let disk = SimulatedFileSystem(), clocks = MovableClocks(1_700_000_000_000 / (2 * Self.hour) * (2 * Self.hour))
        var database = try Self.open(disk, clocks, sliceRows: sliceRows)
        let kept = try Self.prepare(database, clocks)
        let before = database.readView(), beforeBits = try `A database`.contents(before)
        #expect(
            database.statistics.retention.newestAhead == .zero
                || database.statistics.retention.newestAhead > .milliseconds(Self.day))
        let report = try database.dropFuture()
        #expect(report.removedBlocks == 2 && report.rewrittenBlocks == 1 && report.removedSamples == 5 * 5)
        #expect(database.statistics.retention.newestAhead == .seconds(600))
        for round in 0..<3 {
            let found = try `A database`.contents(database.readView())
            #expect(found.mapValues { $0.sorted { $0.timestamp < $1.timestamp } } == kept.mapValues(Self.ascending))
            let all = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 50)
            let exemplars = try database.exemplars(matching: [[]], in: all).flatMap(\.exemplars)
            #expect(!exemplars.isEmpty)
            #expect(exemplars.allSatisfy { $0.timestamp!.milliseconds <= clocks.now + 600_000 })
            switch round {
            case 0:
                #expect(try `A database`.contents(before) == beforeBits)
                database = try Self.open(disk.processEndImage(), clocks, sliceRows: sliceRows)
            default: #expect(try database.dropFuture() == FutureReport(limit: clocks.now + 600_000))
            }
        }
        // And samples of now are taken.
        clocks.pass(700_000)
        #expect(
            try `A database whose clock was wrong`.append(1, at: clocks.now, to: ["__name__": "m", "i": "0"], database)
                .appended == 1)
    }

    private static func ascending(_ samples: [Sample]) -> [Sample] { samples.sorted { $0.timestamp < $1.timestamp } }

    @Test func `refuses while the clock may be wrong`() throws {
        let clocks = MovableClocks()
        var configuration = Self.configuration(clocks)
        configuration.monotonicClock = { clocks.elapsed }
        let database = try Database(files: MemoryFileSystem(), path: "/data", configuration: configuration)
        _ = try `A database whose clock was wrong`.append(1, at: clocks.now, database)
        clocks.now -= 40 * Self.day
        #expect(throws: DropFutureError.clockJumped(milliseconds: -40 * Self.day)) { try database.dropFuture() }
        database.confirmClock()
        #expect(try database.dropFuture().removedSamples == 1)
    }

    /// The power goes at every call: afterwards what is not ahead is all there, and what is ahead is there or not,
    /// block by block; another try removes the rest.
    @Test(arguments: 0..<4) func `loses nothing else at a power cut at any call`(part: Int) throws {
        let clocks = MovableClocks(1_700_000_000_000 / (2 * Self.hour) * (2 * Self.hour)), disk = SimulatedFileSystem()
        var database: Database? = try Self.open(disk, clocks)
        let kept = try Self.prepare(database!, clocks, series: 2)
        database = nil
        let start = disk.processEndImage()
        let probe = start.processEndImage()
        let first = probe.callCount
        let whole = try Self.open(probe, clocks)
        let opened = probe.callCount
        try whole.dropFuture()
        let calls = probe.callCount - opened
        #expect(calls > 20 && opened > first)
        for call in stride(from: part, to: calls, by: 4) {
            let disk = start.processEndImage()
            let database = try Self.open(disk, clocks)
            let before = try `A database`.contents(database.readView())
            disk.inject(.crash, atCall: disk.callCount + 1 + call)
            // What is left to do at the end, such as a checkpoint, may fail in silence.
            _ = try? database.dropFuture()
            let again = try Self.open(disk.crashImage(seed: UInt64(call)), clocks)
            let found = try `A database`.contents(again.readView())
            for (labels, samples) in kept {
                let now = found[labels] ?? []
                #expect(now.filter { $0.timestamp.milliseconds <= clocks.now + 600_000 } == Self.ascending(samples))
                #expect(now.allSatisfy { before[labels]!.contains($0) })
            }
            try again.dropFuture()
            #expect(try `A database`.contents(again.readView()) == kept.mapValues(Self.ascending))
        }
    }

    /// A call fails, and the next try comes to its end.
    @Test func `goes on after a failure`() throws {
        let clocks = MovableClocks(1_700_000_000_000 / (2 * Self.hour) * (2 * Self.hour)), disk = SimulatedFileSystem()
        var database: Database? = try Self.open(disk, clocks)
        let kept = try Self.prepare(database!, clocks, series: 2)
        database = nil
        let start = disk.processEndImage()
        for call in stride(from: 1, to: 60, by: 3) {
            let disk = start.processEndImage()
            let database = try Self.open(disk, clocks)
            disk.inject(.error(28), atCall: disk.callCount + call)
            _ = try? database.dropFuture()
            disk.heal()
            try database.dropFuture()
            #expect(try `A database`.contents(database.readView()) == kept.mapValues(Self.ascending))
        }
    }
}

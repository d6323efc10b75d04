import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@Suite struct `A database that merges its blocks` {
    static let hour: Int64 = 3_600_000
    /// The first day after which nothing is in memory any more that could be merged.
    static let later: Int64 = 100 * 24 * hour

    /// A clock that a test moves.
    final class Clock: Sendable {
        let time = Atomic<Int64>(0)
        var now: Int64 {
            get { time.load(ordering: .relaxed) }
            set { time.store(newValue, ordering: .relaxed) }
        }
    }

    /// A database without threads that seals whenever it is maintained.
    static func open(
        _ files: any FileSystem, _ clock: Clock, sliceRows: Int = BlockMerger.sliceRows, retention: Duration? = nil
    ) throws -> Database {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.openByteLimit = 1
        configuration.openBytesPerSeries = 0
        configuration.wallClock = { clock.now }
        configuration.compactionSliceRows = sliceRows
        configuration.logSegmentByteLimit = 1 << 16
        configuration.retention = retention
        return try Database(files: files, path: "/data", configuration: configuration)
    }

    typealias Bits = [Labels: [UInt64]]

    static func bits(_ view: ReadView) throws -> Bits { try `A database`.bits(`A database`.contents(view)) }

    /// What was accepted: of two samples at one time the first.
    struct Model {
        private(set) var samples: [Labels: [Int64: UInt64]] = [:]
        /// The time of the last scrape.
        var newest: Int64 = 0

        mutating func append(_ value: Double, at time: Int64, to labels: Labels) {
            if samples[labels]?[time] == nil { samples[labels, default: [:]][time] = value.bitPattern }
        }

        var bits: Bits {
            samples.mapValues { values in
                values.keys.sorted().flatMap { [UInt64(bitPattern: $0), values[$0]!] }
            }
        }
    }

    /// Appends some hours of samples: scrapes, and late samples of series that have left memory. Seals now and then.
    static func fill(
        _ database: Database, _ model: inout Model, hours: Range<Int64>, using random: inout SeededGenerator
    ) throws {
        var time = max(hours.lowerBound * hour, model.newest)
        var counts = [Double](repeating: 0, count: 6)
        while time < hours.upperBound * hour {
            time += Int64(1 + random.below(1_200_000))
            var expected = 0
            let scraped = time
            model.newest = time
            let summary = try database.append { batch in
                func append(_ value: Double, _ labels: Labels) {
                    batch.append(value, at: Timestamp(milliseconds: scraped), to: labels)
                    model.append(value, at: scraped, to: labels)
                    expected += 1
                }
                for number in 0..<8 where !random.oneIn(5) {
                    let labels: Labels = ["__name__": "m\(number % 3)", "i": "\(number)"]
                    switch number {
                    case 0: append(1, labels)
                    case 1: append(Double(bitPattern: random.next()), labels)
                    case 2: append(random.oneIn(3) ? .staleMarker : Double(random.below(4)), labels)
                    case 3: append(Double(bitPattern: 0x7ff8_0000_0000_0000 | UInt64(random.below(9))), labels)
                    default: append(Double(scraped / 1000) / 10, labels)
                    }
                }
                for bucket in counts.indices {
                    counts[bucket] += Double(random.below(bucket + 3))
                    append(counts[...bucket].reduce(0, +), ["__name__": "d_bucket", "le": "\(bucket)"])
                }
                if random.oneIn(4) { append(7, ["__name__": "brief", "i": "\(scraped % 5)", "t": "\(scraped)"]) }
            }
            #expect(summary.appended == expected)
            // Accepted if the series has left memory.
            if random.oneIn(3) {
                let labels = model.samples.keys.sorted().randomElement(using: &random)!
                var late = time - Int64(random.below(Int(time)))
                if random.oneIn(2) { late = model.samples[labels]!.keys.sorted().randomElement(using: &random)! }
                let value = Double(random.below(1000))
                let summary = try database.append {
                    $0.append(value, at: Timestamp(milliseconds: late), to: labels)
                }
                if summary.appended == 1 { model.append(value, at: late, to: labels) }
            }
            if random.oneIn(3) { database.maintain() }
        }
        try database.seal()
    }

    static func blocks(_ files: any FileSystem) throws -> [String] {
        try files.list("/data/blocks").filter { $0.hasSuffix(".block") }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `answers the same before and after, to views from before as well`(seed: UInt64) throws {
        let files = MemoryFileSystem(), clock = Clock()
        var database = try Self.open(files, clock, sliceRows: seed % 2 == 0 ? 7 : BlockMerger.sliceRows)
        var random = SeededGenerator(seed: seed), model = Model()
        var views: [(ReadView, Bits)] = []
        for (hours, now) in [(Int64(1)..<9, Int64(0)), (9..<20, 9), (20..<50, 44), (51..<60, 55), (60..<61, 24 * 100)] {
            try Self.fill(database, &model, hours: hours, using: &random)
            let before = try Self.bits(database.readView())
            #expect(before == model.bits)
            views.append((database.readView(), before))
            clock.now = now * Self.hour
            let count = database.statistics.blocks
            let merged = try database.compact()
            #expect((merged > 0) == (database.statistics.blocks < count))
            let after = try Self.bits(database.readView())
            #expect(after == before)
            #expect(try Self.blocks(files).count == database.statistics.blocks)
            if random.oneIn(2) {
                try database.close()
                database = try Self.open(files, clock)
                let reopened = try Self.bits(database.readView())
                #expect(reopened == before)
            }
        }
        for (view, expected) in views {
            let found = try Self.bits(view)
            #expect(found == expected)
        }
        // Three days and what came late.
        #expect(database.statistics.blocks < 10)
        try database.close()
        try Self.verifyBlocks(files)
    }

    /// Reads all blocks that the MANIFEST names as a whole.
    static func verifyBlocks(_ files: any FileSystem) throws {
        for record in try Manifest.open(fileSystem: files, directory: "/data").state.blocks {
            let digits = String(record.number, radix: 16)
            let block = try Block.open(
                fileSystem: files,
                path: "/data/blocks/" + String(repeating: "0", count: 16 - digits.count) + digits + ".block",
                summary: record)
            try block.verify()
        }
    }

    /// A database with several blocks in each of some windows; all are due when the clock moves on to `later`.
    static func prepared(
        _ files: any FileSystem, _ clock: Clock, hours: Int64 = 6, seed: UInt64 = 1, retention: Duration? = nil
    ) throws -> (Database, Model) {
        let database = try open(files, clock, retention: retention)
        var random = SeededGenerator(seed: seed), model = Model()
        try fill(database, &model, hours: 1..<(1 + hours), using: &random)
        return (database, model)
    }

    @Test func `makes one block a window, then one a day, and counts what it does`() throws {
        let files = MemoryFileSystem(), clock = Clock()
        let (database, model) = try Self.prepared(files, clock, hours: 60)
        let before = database.statistics
        #expect(before.blocks > 31)
        clock.now = Self.later
        database.maintain()
        let after = database.statistics
        #expect(after.blocks == 3 && after.blockBytes < before.blockBytes)
        #expect(
            after.compactions.completed > 20 && after.compactions.inputBlocks > 40 && after.compactions.failure == nil)
        #expect(after.compactions.bytesRead > after.compactions.bytesWritten && after.compactions.current == nil)
        #expect(after.compactions.samples > after.blockSamples && after.compactions.peakBufferBytes > 0)
        let found = try Self.bits(database.readView())
        #expect(found == model.bits)
        #expect(try database.compact() == 0)
    }

    @Test func `leaves a damaged block alone, tries it once, and merges the others`() throws {
        let disk = SimulatedFileSystem(), clock = Clock()
        let (database, model) = try Self.prepared(disk, clock)
        let names = try Self.blocks(disk)
        #expect(names.count > 6)
        // The pages of a block in the middle, so that there are some before and behind it.
        let damaged = "/data/blocks/" + names[names.count / 2]
        for byte in 32..<60 { disk.flipBit(damaged, byte: byte, bit: 3) }
        let bytes = try #require(disk.contents(of: damaged))
        clock.now = Self.later
        database.maintain()
        database.maintain()
        let compactions = database.statistics.compactions
        #expect(compactions.failed == 1 && compactions.leftOut.count == 1 && compactions.completed > 0)
        #expect(compactions.failure?.contains(damaged) == true)
        #expect(disk.contents(of: damaged) == bytes)
        // What other blocks hold is still there, and what is readable of the damaged one.
        var failures = 0
        let everything = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 50)
        for series in try database.readView().series(in: everything) {
            do {
                let samples = try series.samples()
                let bits = samples.flatMap { [UInt64(bitPattern: $0.timestamp.milliseconds), $0.value.bitPattern] }
                #expect(bits == model.bits[series.labels])
            } catch { failures += 1 }
        }
        #expect(failures > 0)
        // Whole again, it is merged after the next start.
        for byte in 32..<60 { disk.flipBit(damaged, byte: byte, bit: 3) }
        try database.close()
        let again = try Self.open(disk, clock)
        again.maintain()
        #expect(again.statistics.blocks == 1)
        let found = try Self.bits(again.readView())
        #expect(found == model.bits)
    }

    @Test func `does nothing when there is no room, says so, and goes on when there is`() throws {
        let disk = SimulatedFileSystem(), clock = Clock()
        let (database, model) = try Self.prepared(disk, clock)
        let before = try Self.blocks(disk)
        clock.now = Self.later
        let used = disk.snapshot.filter { !$0.key.contains("/snapshots/") }.values.reduce(0) { $0 + $1.count }
        disk.setCapacity(used + (1 << 16))
        var isFull = false
        do throws(CompactionError) { try database.compact() } catch { if case .diskFull = error { isFull = true } }
        #expect(isFull && database.statistics.compactions.failure != nil)
        #expect(try Self.blocks(disk) == before)
        database.maintain()
        #expect(database.statistics.compactions.failed == 1)  // it waits before it tries again
        disk.setCapacity(nil)
        clock.now += 10_000
        database.maintain()
        #expect(database.statistics.blocks == 1 && database.statistics.compactions.failure == nil)
        let found = try Self.bits(database.readView())
        #expect(found == model.bits)
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(9), .failedSync])
    func `loses nothing when a call fails, and merges later`(fault: DiskFault) throws {
        let disk = SimulatedFileSystem(), clock = Clock()
        let (first, model) = try Self.prepared(disk, clock, hours: 2)
        try first.close()
        let start = disk.processEndImage()
        clock.now = Self.later
        let opened = try Self.open(start.processEndImage(), clock)
        let probe = start.processEndImage()
        let database = try Self.open(probe, clock)
        let calls = probe.callCount
        try database.compact()
        let end = probe.callCount
        #expect(opened.statistics.blocks > 2 && database.statistics.blocks == 1)
        for call in calls..<end {
            let image = start.processEndImage()
            let database = try Self.open(image, clock)
            image.inject(fault, atCall: call)
            _ = try? database.compact()
            let comment: Comment = "\(fault) at call \(call), \(image.calls[min(call, image.callCount - 1)])"
            let during = try Self.bits(database.readView())
            #expect(during == model.bits, comment)
            // A block that could not be read is tried again after the next start.
            if database.statistics.compactions.leftOut.isEmpty {
                _ = try database.compact()
                #expect(database.statistics.blocks == 1, comment)
            }
            try database.close()
            let again = try Self.open(image, clock)
            _ = try again.compact()
            #expect(again.statistics.blocks == 1, comment)
            #expect(try Self.blocks(image).count == 1, comment)
            let after = try Self.bits(again.readView())
            #expect(after == model.bits, comment)
        }
    }

    @Test func `gives a merge up when it is closed, and leaves nothing of it behind`() throws {
        let files = ObservedFileSystem(MemoryFileSystem()), clock = Clock()
        let (database, model) = try Self.prepared(files, clock)
        let before = try Self.blocks(files)
        clock.now = Self.later
        let closed = Atomic(false), began = Atomic(false)
        files.onCreate.withLock { hook in
            hook = { path in
                guard path.hasSuffix(".block"), !began.exchange(true, ordering: .relaxed) else { return }
                // Another thread closes the database while the first merge begins to write.
                let thread = SystemThread.start {
                    try? database.close()
                    closed.store(true, ordering: .relaxed)
                }
                pthread_detach(thread!)
                while !database.isBeingClosed { usleep(1000) }
            }
        }
        var wasClosed = false
        do throws(CompactionError) { try database.compact() } catch { wasClosed = error == .closed }
        while !closed.load(ordering: .relaxed) { usleep(1000) }
        #expect(
            wasClosed && database.statistics.compactions.cancelled == 1
                && database.statistics.compactions.completed == 0)
        #expect(try Self.blocks(files) == before)
        #expect(throws: CompactionError.closed) { try database.compact() }
        files.onCreate.withLock { $0 = nil }
        let again = try Self.open(files, clock)
        again.maintain()
        let found = try Self.bits(again.readView())
        #expect(found == model.bits && again.statistics.blocks == 1)
    }

    @Test func `makes snapshots with merged blocks, and drops merged blocks when all of them is too old`() throws {
        let files = MemoryFileSystem(), clock = Clock()
        let (database, model) = try Self.prepared(files, clock, hours: 30, retention: .seconds(10 * 24 * 3600))
        clock.now = 40 * Self.hour
        database.maintain()
        let merged = database.statistics.blocks
        #expect(merged < 8)
        let name = try database.snapshot()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let copy = try Database(files: files, path: "/data/snapshots/\(name)", configuration: configuration)
        let copied = try Self.bits(copy.readView())
        #expect(copied == model.bits && copy.statistics.blocks == merged)
        // 25 hours later than ten days after the first one's beginning: the first day is gone, the second still there.
        clock.now = (10 * 24 + 25) * Self.hour
        try database.append {
            $0.append(1, at: Timestamp(milliseconds: clock.now), to: ["__name__": "now"])
        }
        database.maintain()
        let kept = try Self.bits(database.readView())
        #expect(!kept.isEmpty && kept.values.allSatisfy { Int64(bitPattern: $0[0]) >= 24 * Self.hour })
        #expect(try Self.blocks(files).count == database.statistics.blocks)
    }

    @Test func `merges by itself in the background`() throws {
        let files = MemoryFileSystem(), clock = Clock()
        let (database, model) = try Self.prepared(files, clock)
        try database.close()
        clock.now = Self.later
        var configuration = Database.Configuration()
        configuration.wallClock = { clock.now }
        let again = try Database(files: files, path: "/data", configuration: configuration)
        var attempts = 0
        while again.statistics.blocks > 1, attempts < 60_000 {
            usleep(10_000)
            attempts += 1
        }
        let found = try Self.bits(again.readView())
        #expect(found == model.bits && again.statistics.blocks == 1)
        try again.close()
    }
}

import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `An import` {
    private static let labels: [Labels] = (0..<5).map { ["__name__": "m", "i": "\($0)"] }

    private struct Failure: Error {}

    private static func table(_ database: Database) throws -> [Labels: [Int64: UInt64]] {
        try `A database`.contents(database.readView()).mapValues { samples in
            Dictionary(
                uniqueKeysWithValues: samples.map { ($0.timestamp.milliseconds, $0.value.bitPattern) })
        }
    }

    /// Appends and imports by turns, with seals, compactions and restarts, against a table.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `ranks between what was committed before and after it`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed), disk = SimulatedFileSystem()
        let clock = MovableClocks()
        var database = try Database(
            files: disk, path: "/data", configuration: `Late samples`.configuration(clock))
        var model: [Labels: [Int64: UInt64]] = [:]
        let start = clock.now
        for step in 0..<30 {
            clock.now = start + Int64(step) * 900_000
            var samples: [(labels: Labels, time: Int64, value: Double)] = []
            let policy: DuplicatePolicy = random.oneIn(2) ? .keepLast : .keepFirst
            for _ in 0..<(1 + random.below(300)) {
                let time = clock.now - Int64(random.below(5000)) * 60_000
                samples.append((Self.labels[random.below(5)], time / 60_000 * 60_000, Double(random.below(1000))))
            }
            if random.oneIn(2) {
                let report = try database.importSamples(duplicates: policy, bufferByteLimit: 1 << 12) { batch in
                    for (labels, time, value) in samples {
                        try batch.append(value, at: Timestamp(milliseconds: time), to: labels)
                    }
                }
                #expect(report.samples == samples.count && report.rejections.isEmpty && report.blocks > 0)
            } else {
                try database.append { batch in
                    batch.duplicates = policy
                    for (labels, time, value) in samples {
                        batch.append(value, at: Timestamp(milliseconds: time), to: labels)
                    }
                }
            }
            for (labels, time, value) in samples where policy == .keepLast || model[labels]?[time] == nil {
                model[labels, default: [:]][time] = value.bitPattern
            }
            #expect(try Self.table(database) == model, "seed \(seed), step \(step)")
            switch random.below(7) {
            case 0: try database.seal()
            case 1: database.maintain()
            case 2: _ = try database.compact()
            case 3:
                disk = disk.processEndImage()
                database = try Database(
                    files: disk, path: "/data", configuration: `Late samples`.configuration(clock))
                #expect(database.recovery.damagedBlocks.isEmpty && database.recovery.setAside.isEmpty)
            case 4:
                try database.close()
                database = try Database(
                    files: disk, path: "/data", configuration: `Late samples`.configuration(clock))
            default: break
            }
            #expect(try Self.table(database) == model, "seed \(seed), after step \(step)")
        }
    }

    @Test func `takes histograms and start times`() throws {
        let clock = MovableClocks()
        let database = Database.inMemory(`Late samples`.configuration(clock))
        var generator = HistogramGenerator(seed: 1), given: [Int64: [UInt64]] = [:]
        var random = SeededGenerator(seed: 1)
        var times = (0..<500).map { clock.now - Int64($0) * 600_000 }
        times.shuffle(using: &random)
        try database.importSamples(bufferByteLimit: 20_000) { batch in
            for time in times {
                let histogram = generator.next(), start = Timestamp(milliseconds: time - 1000)
                given[time] = histogram.words
                try batch.append(histogram, at: Timestamp(milliseconds: time), startedAt: start, to: Self.labels[0])
            }
        }
        let found = try `A database with histograms`.contents(database.readView())[Self.labels[0]] ?? []
        #expect(found.count == 500)
        for row in found {
            guard case .histogram(let words, _) = row.value else {
                Issue.record("no histogram at \(row.time)")
                continue
            }
            #expect(words == given[row.time] && row.start == row.time - 1000)
        }
    }

    @Test func `counts what it does not take, and stores nothing when it is given up`() throws {
        let clock = MovableClocks()
        var configuration = `Late samples`.configuration(clock)
        configuration.maximumFuture = .seconds(60)
        let files = MemoryFileSystem()
        let database = try Database(files: files, path: "/data", configuration: configuration)
        let report = try database.importSamples { batch in
            try batch.append(1, at: Timestamp(milliseconds: clock.now), to: [:])
            try batch.append(
                1, at: Timestamp(milliseconds: clock.now), to: ["a": String(repeating: "x", count: 20_000)])
            try batch.append(1, at: Timestamp(milliseconds: clock.now + 60_001), to: Self.labels[0])
            try batch.append(Histogram(schema: 99, count: 1, sum: 1), at: .now, to: Self.labels[0])
        }
        #expect(
            report.rejections == [.invalidLabels: 1, .labelLimit: 1, .tooFarInFuture: 1, .invalidHistogram: 1])
        #expect(report.blocks == 0 && report.samples == 0)
        #expect(throws: Failure.self) {
            try database.importSamples(bufferByteLimit: 1 << 12) { batch in
                for row in 0..<5000 as Range<Int64> {
                    try batch.append(1, at: Timestamp(milliseconds: clock.now - row * 1000), to: Self.labels[0])
                }
                throw Failure()
            }
        }
        #expect(try Self.table(database).isEmpty && database.statistics.blocks == 0)
        #expect(try files.list("/data/blocks").isEmpty)
        try database.close()
        #expect(throws: ImportError.closed) { try database.importSamples { _ in } }
    }

    @Test func `is given up when the progress is not to continue, and leaves nothing`() throws {
        let clock = MovableClocks(), files = MemoryFileSystem()
        let database = try Database(files: files, path: "/data", configuration: `Late samples`.configuration(clock))
        var seen: [ImportProgress] = []
        func run(calls: Int) throws {
            seen = []
            try database.importSamples(bufferByteLimit: 1 << 12) { progress in
                seen.append(progress)
                if seen.count == calls { throw Failure() }
            } _: { batch in
                for row in 0..<3000 as Range<Int64> {
                    let time = Timestamp(milliseconds: clock.now - row * 100_000)
                    try batch.append(Double(row), at: time, to: Self.labels[Int(row % 5)])
                }
            }
        }
        try run(calls: .max)
        let all = seen
        let contents = try Self.table(database)
        #expect(all.first!.plannedBlocks == 0 && all.last!.writtenBlocks == all.last!.plannedBlocks)
        #expect(all.last!.samples == 3000 && all.last!.plannedBlocks == database.statistics.blocks)
        #expect(
            zip(all, all.dropFirst()).allSatisfy { $0.samples <= $1.samples && $0.writtenBlocks <= $1.writtenBlocks })
        let names = try files.list("/data/blocks")
        for calls in 1...all.count {
            #expect(throws: Failure.self) { try run(calls: calls) }
            #expect(try files.list("/data/imports").isEmpty && files.list("/data/blocks") == names, "call \(calls)")
        }
        #expect(try Self.table(database) == contents)
    }

    /// Files of three sizes.
    @Test func `merges many files in several rounds`() throws {
        let clock = MovableClocks()
        let database = Database.inMemory(`Late samples`.configuration(clock))
        var model: [Labels: [Int64: UInt64]] = [:], random = SeededGenerator(seed: 4)
        let report = try database.importSamples(duplicates: .keepLast, bufferByteLimit: 1 << 12) { batch in
            for number in 0..<30_000 {
                let time = clock.now - Int64(random.below(9_000)) * 60_000, labels = Self.labels[random.below(5)]
                model[labels, default: [:]][time] = Double(number).bitPattern
                try batch.append(Double(number), at: Timestamp(milliseconds: time), to: labels)
            }
        }
        #expect(report.samples == 30_000 && report.series == 5)
        #expect(report.storedSamples == UInt64(model.values.reduce(0) { $0 + $1.count }))
        #expect(try Self.table(database) == model)
    }

    @Test func `holds no more memory than it may, and the ledger counts it`() throws {
        let clock = MovableClocks(), configuration = `Late samples`.configuration(clock)
        let database = Database.inMemory(configuration)
        func held() -> Int { database.memory.bytes(of: .imports) }
        var most = 0
        let report = try database.importSamples(bufferByteLimit: 1 << 16) { progress in
            if progress.plannedBlocks == 0 { most = max(most, held()) }
        } _: { batch in
            for number in 0..<60_000 {
                // Most series have few samples: their labels must not stay in memory.
                try batch.append(
                    1, at: Timestamp(milliseconds: clock.now - Int64(number)),
                    to: ["__name__": "s", "n": "\(number / 4)"])
                if number % 1000 == 0 { most = max(most, held()) }
            }
        }
        #expect(report.series == 15_000 && report.storedSamples == 60_000)
        #expect(most > 1 << 12 && most <= 1 << 17)
        #expect(held() == 0)
    }

    /// What is appended while an import runs is stored as ever, and so is the import.
    @Test func `runs beside appends, seals and reads`() throws {
        let files = SimulatedFileSystem(), clock = MovableClocks()
        var configuration = `Late samples`.configuration(clock)
        configuration.durability = .buffered
        configuration.openByteLimit = 4_000
        // Compactions wait for the import, and this is one thread.
        configuration.compactsWhenDue = false
        let database = try Database(files: files, path: "/data", configuration: configuration)
        let own: Labels = ["__name__": "own"], began = clock.now
        var appended: [Int64: UInt64] = [:]
        /// Both kinds of series, one of them in the import too.
        func step(_ number: Int) throws {
            let time = began + Int64(number)
            try database.append { batch in
                batch.append(Double(number), at: Timestamp(milliseconds: time), to: own)
                batch.append(-1, at: Timestamp(milliseconds: time), to: Self.labels[0])
            }
            appended[time] = Double(number).bitPattern
            if number % 50 == 0 { database.maintain() }
            if number % 70 == 0 { _ = try Self.table(database) }
            if number % 90 == 0 { _ = try database.snapshot() }
        }
        var steps = 0
        try database.importSamples(bufferByteLimit: 1 << 12) { _ in
            steps += 1
            try step(steps)
        } _: { batch in
            for row in 0..<20_000 as Range<Int64> {
                let time = Timestamp(milliseconds: began - (row * 7919 % 20_000) * 10_000)
                try batch.append(Double(row), at: time, to: Self.labels[Int(row % 5)])
            }
        }
        #expect(steps > 200)
        for image in [nil, files.processEndImage()] as [SimulatedFileSystem?] {
            let found =
                try image.map { try Database(files: $0, path: "/data", configuration: configuration) } ?? database
            let table = try Self.table(found)
            #expect(table[own] == appended)
            #expect(table.values.reduce(0) { $0 + $1.count } == 20_000 + 2 * steps)
            #expect(found.recovery.damagedBlocks.isEmpty)
        }
        database.maintain()
        _ = try database.compact()
        #expect(try Self.table(database).values.reduce(0) { $0 + $1.count } == 20_000 + 2 * steps)
    }

    @Test func `fails on a full disk without a trace, and takes place when there is room`() throws {
        let clock = MovableClocks(), disk = SimulatedFileSystem()
        var configuration = `Late samples`.configuration(clock)
        configuration.diskReserveByteLimit = 0
        let began = clock.now
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try database.append { $0.append(1, at: Timestamp(milliseconds: clock.now), to: Self.labels[0]) }
        func run() throws {
            try database.importSamples(bufferByteLimit: 1 << 12) { batch in
                for row in 1...4000 as ClosedRange<Int64> {
                    let time = Timestamp(milliseconds: began - row * 600_000)
                    try batch.append(Double(row * 7919 % 1013), at: time, to: Self.labels[Int(row % 5)])
                }
            }
        }
        var failures = 0
        for room in [500, 2_000, 5_000, 10_000, 20_000] {
            disk.setCapacity(1 << 40)
            disk.setCapacity(1 << 40 - Int(try disk.freeBytes(at: "/data")) + room)
            do { try run() } catch {
                guard case ImportError.diskFull = error else { throw error }
                failures += 1
            }
            if failures == 0 { break }
            #expect(try Self.table(database).values.reduce(0) { $0 + $1.count } == 1)
            #expect((try? disk.list("/data/imports")) ?? [] == [])
            #expect(try disk.list("/data/blocks").count == database.statistics.blocks)
            clock.pass(60_000)
            disk.setCapacity(nil)
            database.maintain()
        }
        #expect(failures == 5)
        try run()
        #expect(try Self.table(database).values.reduce(0) { $0 + $1.count } == 4001)
    }

    /// The newest samples of all series and of each: what is judged by them is the same before and after a restart.
    @Test(arguments: [true, false])
    func `counts for what is late in its series, and not for how old a sample of another may be`(restarts: Bool) throws
    {
        let clock = MovableClocks(), disk = SimulatedFileSystem()
        var configuration = `Late samples`.configuration(clock)
        configuration.outOfOrderWindow = .seconds(600)
        var database = try Database(files: disk, path: "/data", configuration: configuration)
        let old = Timestamp(milliseconds: clock.now - 40_000_000), other: Labels = ["__name__": "other"]
        try database.append { batch in
            batch.append(1, at: old, to: Self.labels[0])
            batch.append(1, at: old, to: other)
        }
        let last = Timestamp(milliseconds: clock.now - 1_000_000)
        try database.importSamples { batch in
            try batch.append(5, at: last, to: Self.labels[0])
            try batch.append(5, at: last, to: Self.labels[1])
        }
        // Both are judged without a restart, and what is replayed is judged as it was.
        func append(_ value: Double, _ labels: Labels, _ before: Duration) throws -> CommitSummary {
            try database.append { $0.append(value, at: old + before, to: labels) }
        }
        // What was appended is the newest of all: others may be as old.
        #expect(try append(2, other, .seconds(-500)).appended == 1)
        #expect(try append(2, ["__name__": "third"], .seconds(-3_000)).appended == 1)
        if restarts {
            disk.heal()
            database = try Database(files: disk.processEndImage(), path: "/data", configuration: configuration)
            #expect(try Self.table(database)[other]?.count == 2)
        }
        #expect(try append(3, other, .seconds(-400)).appended == 1)
        let repeated = try database.append { $0.append(5, at: last, to: Self.labels[0]) }
        #expect(repeated.repeated == 1)
        let different = try database.append { $0.append(6, at: last, to: Self.labels[1]) }
        #expect(different.rejections == [.duplicateTimestamp: 1])
        // Late in its series, and within the window of what was appended.
        let late = try database.append { $0.append(7, at: last - .seconds(1), to: Self.labels[0]) }
        #expect(late.appended == 1)
        #expect(try Self.table(database)[Self.labels[0]]?.count == 3)
    }

    /// A deletion hides what an import brought before it, and nothing that is imported later.
    @Test func `is deleted like other samples, and fills deleted ranges again`() throws {
        let clock = MovableClocks(), disk = SimulatedFileSystem()
        var database = try Database(files: disk, path: "/data", configuration: `Late samples`.configuration(clock))
        func run(_ value: Double) throws {
            try database.importSamples(duplicates: .keepLast) { batch in
                for row in 1...300 as ClosedRange<Int64> {
                    try batch.append(value, at: Timestamp(milliseconds: clock.now - row * 600_000), to: Self.labels[0])
                }
            }
        }
        try database.append { $0.append(9, at: Timestamp(milliseconds: clock.now), to: Self.labels[0]) }
        try run(1)
        let range = Timestamp(milliseconds: clock.now - 100 * 600_000)...Timestamp(milliseconds: clock.now)
        let deletion = try database.delete(matching: .equal("i", "0"), in: range)
        #expect(try Self.table(database)[Self.labels[0]]?.count == 200)
        // Its newest sample is hidden, so that the same is stored again.
        let again = try database.append { $0.append(1, at: range.lowerBound, to: Self.labels[0]) }
        #expect(again.appended == 1)
        try run(2)
        for _ in 0..<2 {
            let values = try #require(try Self.table(database)[Self.labels[0]])
            #expect(values.count == 300 && Set(values.values) == [Double(2).bitPattern])
            disk.heal()
            database = try Database(
                files: disk.processEndImage(), path: "/data", configuration: `Late samples`.configuration(clock))
        }
        try database.undelete(try #require(deletion).id)
        #expect(try Self.table(database)[Self.labels[0]]?.count == 301)
        _ = try database.compact()
        #expect(try Self.table(database)[Self.labels[0]]?.count == 301)
    }

    @Test func `makes blocks of days that are over, and of windows`() {
        let hour: Int64 = 3_600_000, day = 24 * hour, now = 100 * day + 13 * hour
        func spans(_ windows: Set<Int64>, makesDays: Bool = true) -> [ImportSpans.Span] {
            ImportSpans.of(windows, now: now, makesDays: makesDays)
        }
        #expect(spans([]).isEmpty)
        // Window 1200 begins day 100.
        #expect(
            spans([1187, 1199, 1188, 1200, 1206, 1207]) == [
                ImportSpans.Span(times: 98 * day...(99 * day - 1), level: 2),
                ImportSpans.Span(times: 99 * day...(100 * day - 1), level: 2),
                ImportSpans.Span(times: 100 * day...(100 * day + 2 * hour - 1), level: 1),
                ImportSpans.Span(times: 100 * day + 12 * hour...(100 * day + 14 * hour - 1), level: 0),
                ImportSpans.Span(times: 100 * day + 14 * hour...(100 * day + 16 * hour - 1), level: 0),
            ])
        #expect(spans([1187, 1188], makesDays: false).map(\.level) == [1, 1])
        // At the ends of time, and before 1970.
        for time in [Int64.min, .min + 1, -1, 0, .max] {
            let window = TimeWindow.number(of: time, length: TimeWindow.blockMilliseconds)
            for makesDays in [true, false] {
                let found = spans([window], makesDays: makesDays)
                #expect(found.count == 1 && found[0].times.contains(time), "\(time)")
            }
        }
    }

    /// With the power cut at every call, an import is there or not, and what was stored before is there.
    @Test func `is stored wholly or not at all after a power cut`() throws {
        let clock = MovableClocks()
        func run(_ disk: SimulatedFileSystem) -> (before: Bool, after: Bool) {
            guard
                let database = try? Database(
                    files: disk, path: "/data", configuration: `Late samples`.configuration(clock))
            else { return (false, false) }
            let isStored =
                (try? database.append { $0.append(1, at: Timestamp(milliseconds: clock.now), to: Self.labels[0]) })
                != nil
            let isImported =
                (try? database.importSamples(bufferByteLimit: 1 << 12) { batch in
                    for row in 1...600 as ClosedRange<Int64> {
                        let time = Timestamp(milliseconds: clock.now - row * 600_000)
                        try batch.append(Double(row), at: time, to: Self.labels[Int(row % 5)])
                    }
                }) != nil
            if !disk.hasCrashed { try? database.close() }
            return (isStored, isImported)
        }
        let whole = SimulatedFileSystem()
        _ = run(whole)
        let calls = whole.callCount
        #expect(calls > 50)
        for call in 0..<calls {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            let (before, after) = run(disk)
            let database = try Database(
                files: disk.crashImage(seed: UInt64(call)), path: "/data",
                configuration: `Late samples`.configuration(clock))
            let count = try Self.table(database).values.reduce(0) { $0 + $1.count }
            #expect([0, 1, 600, 601].contains(count), "call \(call)")
            if before { #expect(count == 1 || count == 601, "call \(call)") }
            if after { #expect(count == 601, "call \(call)") }
            #expect(database.recovery.damagedBlocks.isEmpty, "call \(call)")
            #expect(
                database.recovery.setAside.allSatisfy { [.unfinished, .unreadable].contains($0.reason) },
                "call \(call): \(database.recovery)")
        }
    }
}

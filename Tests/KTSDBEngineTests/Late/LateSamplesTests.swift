import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// A database and its model, which is a table of samples by time: what is appended at a time that has a sample changes
/// nothing, or replaces it.
private struct LateModel {
    typealias Row = `A database with histograms`.Row

    var random: SeededGenerator
    var generators: [HistogramGenerator]
    var contents: [Labels: [Int64: Row]] = [:]
    /// What time it is for the database; all samples are before it.
    var now: Int64 = 1_700_000_000_000
    /// How far back samples go: some hours, so that a seal touches several windows.
    var depth: Int64 = 30 * 3_600_000
    static let labels: [Labels] = (0..<7).map { ["__name__": "h", "i": "\($0)"] }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        generators = (0..<7).map { HistogramGenerator(seed: seed &* 7 &+ UInt64($0)) }
    }

    /// When the counting of a sample began; no two samples of a series and a time differ in that.
    static func start(_ series: Int, _ time: Int64) -> Int64 {
        series == 1 || series == 4 ? time / 7_000_000 * 5_000 : 0
    }

    private mutating func row(of series: Int, at time: Int64) -> (row: Row, histogram: Histogram?) {
        // The first three series are floats and nothing else, the others by turns.
        let histogram = series >= 3 && random.below(4) > 0 ? generators[series].next() : nil
        let float = random.oneIn(10) ? Double.staleMarker : Double(random.below(100))
        let value = histogram.map { RichValue($0) } ?? .float(float.bitPattern)
        return (Row(time: time, value: value, start: Self.start(series, time)), histogram)
    }

    mutating func append(to database: Database, _ policy: DuplicatePolicy) throws {
        var rows: [(labels: Labels, row: Row, histogram: Histogram?)] = []
        now += Int64(random.below(600_000))
        for _ in 0..<(1 + random.below(20)) {
            // Two of the series are quiet for long, and leave memory.
            let series = random.oneIn(12) ? 5 + random.below(2) : random.below(5)
            var time = now - Int64(random.below(20)) * 10_000
            switch random.below(6) {
            case 0: time = now - Int64(random.below(Int(depth) / 10_000)) * 10_000
            case 1: time = contents[Self.labels[series]]?.keys.sorted().randomElement(using: &random) ?? time
            case 2: time = contents[Self.labels[series]]?.keys.max() ?? time
            default: break
            }
            let (row, histogram) = row(of: series, at: time / 10_000 * 10_000)
            rows.append((Self.labels[series], row, histogram))
        }
        let summary = try database.append { batch in
            batch.duplicates = policy
            for (labels, row, histogram) in rows { row.append(histogram, to: &batch, labels) }
        }
        #expect(summary.appended + summary.repeated + summary.rejected == rows.count)
        #expect(Set(summary.rejections.keys).isSubset(of: [.duplicateTimestamp]))
        #expect(policy == .reject || summary.rejected == 0)
        for (labels, row, _) in rows {
            let known = contents[labels]?[row.time]
            guard policy == .keepLast || known == nil else { continue }
            // Only the hint is another one; of the newest sample, the first stays.
            if let known, known.hasBits(of: row), row.time == contents[labels]?.keys.max() { continue }
            contents[labels, default: [:]][row.time] = row
        }
    }

    /// Whether the view shows what was appended in `range`, and hints say nothing that is wrong.
    func check(_ view: ReadView, in range: ClosedRange<Int64> = (-1 << 50)...(1 << 50), _ comment: Comment) throws {
        let found = try `A database with histograms`.contents(view, in: range)
        let expected = contents.mapValues { rows in
            rows.values.filter { range.contains($0.time) }.sorted { $0.time < $1.time }
        }.filter { !$0.value.isEmpty }
        #expect(Set(found.keys) == Set(expected.keys), comment)
        for (labels, rows) in expected {
            let other = found[labels] ?? []
            #expect(other.map(\.time) == rows.map(\.time), comment)
            var last: RichValue?
            for (row, stored) in zip(rows, other) {
                #expect(row.start == stored.start, comment)
                switch (row.value, stored.value) {
                case (.histogram(let words, let given), .histogram(let storedWords, let hint)):
                    #expect(words == storedWords, comment)
                    #expect((hint == .gauge) == (given == .gauge) && hint != .reset, comment)
                    if hint == .notReset { Self.checkNotReset(storedWords, after: last, comment) }
                default: #expect(row.value == stored.value, comment)
                }
                last = stored.value
            }
        }
        try checkShortCuts(view, range, expected, comment)
    }

    /// Whether a histogram that is known not to be a reset continues the one before it.
    private static func checkNotReset(_ words: [UInt64], after last: RichValue?, _ comment: Comment) {
        guard let last else { return }
        guard case .histogram(let before, let hint) = last else {
            Issue.record("A histogram after a float is known not to be a reset, \(comment)")
            return
        }
        #expect(hint != .gauge && before[0] == words[0] && before[1] == words[1], comment)
        #expect(Double(bitPattern: before[2]) <= Double(bitPattern: words[2]), comment)
    }

    /// Whether what is answered without decoding is the same.
    private func checkShortCuts(
        _ view: ReadView, _ range: ClosedRange<Int64>, _ expected: [Labels: [Row]], _ comment: Comment
    ) throws {
        let times = Timestamp(milliseconds: range.lowerBound)...Timestamp(milliseconds: range.upperBound)
        let present = try view.select([], withSamplesIn: times)
        var found: Set<Labels> = []
        for position in 0..<present.count { found.insert(try present.labels(at: position)) }
        #expect(found == Set(expected.keys), comment)
        let selection = try view.select([], in: times)
        var newest = NewestSamples()
        try selection.appendNewest(of: 0..<selection.count, to: &newest)
        for position in 0..<selection.count where newest.times[position] != NewestSamples.unknown {
            let last = expected[try selection.labels(at: position)]?.last
            #expect(newest.times[position] == last?.time ?? NewestSamples.noSample, comment)
            if let last { #expect(RichValue.float(newest.values[position].bitPattern) == last.value, comment) }
        }
        guard range.upperBound == 1 << 50 else { return }
        for (labels, rows) in expected {
            let last = rows.last!
            switch (try view.newest(of: labels), last.value) {
            case (.float(let sample)?, .float(let bits)):
                #expect(sample.timestamp.milliseconds == last.time && sample.value.bitPattern == bits, comment)
            case (.histogram(let sample)?, .histogram(let words, _)):
                #expect(sample.timestamp.milliseconds == last.time && sample.histogram.words == words, comment)
            default: Issue.record("another kind of newest sample, \(comment)")
            }
        }
    }
}

extension `A database with histograms`.Row {
    /// Whether two samples are the same but for a hint.
    fileprivate func hasBits(of other: Self) -> Bool {
        switch (value, other.value) {
        case (.histogram(let words, _), .histogram(let others, _)): words == others
        default: value == other.value
        }
    }
}

@Suite struct `Late samples` {
    static func configuration(_ clock: MovableClocks) -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.wallClock = { clock.now }
        configuration.durability = .durable
        configuration.checkpointLogByteLimit = 4000
        configuration.logSegmentByteLimit = 6000
        configuration.replayGroupByteLimit = 700
        return configuration
    }

    /// Random batches of any age, of floats and histograms, with all that moves samples in between.
    @Test(arguments: 1...9 as ClosedRange<UInt64>)
    func `are shown as if they had come in order, wherever they are`(seed: UInt64) throws {
        let clock = MovableClocks()
        var disk = SimulatedFileSystem(), model = LateModel(seed: seed)
        var database = try Database(files: disk, path: "/data", configuration: Self.configuration(clock))
        var views: [(view: ReadView, model: LateModel)] = []
        // A third of the seeds keep to one policy each; the others change it.
        let fixed = seed % 3 == 0 ? DuplicatePolicy.allCases[Int(seed / 3) % 3] : nil
        for step in 0..<60 {
            let policy = fixed ?? DuplicatePolicy.allCases[model.random.below(3)]
            clock.now = model.now + 3_600_000
            try model.append(to: database, policy)
            try model.check(database.readView(), "seed \(seed), step \(step)")
            let first = model.now - Int64(model.random.below(Int(model.depth)))
            let range = first...(first + Int64(model.random.below(20_000_000)))
            try model.check(database.readView(), in: range, "seed \(seed), step \(step), a range")
            if model.random.oneIn(6) { views.append((database.readView(), model)) }
            for (view, model) in views { try model.check(view, "seed \(seed), step \(step), a view") }
            switch model.random.below(16) {
            case 0, 1: try database.seal()
            case 2, 3, 4: database.maintain()
            case 5, 6:
                clock.now = model.now + 40 * 86_400_000
                _ = try database.compact()
            case 7:
                views = []
                database.maintain()
                database.maintain()
            case 8:
                views = []
                try database.close()
                database = try Database(files: disk, path: "/data", configuration: Self.configuration(clock))
            case 9, 10:
                views = []
                disk = disk.processEndImage()
                database = try Database(files: disk, path: "/data", configuration: Self.configuration(clock))
                #expect(database.recovery.damagedCheckpoints.isEmpty && database.recovery.damagedBlocks.isEmpty)
            default: break
            }
            try model.check(database.readView(), "seed \(seed), after step \(step)")
        }
        try database.seal()
        clock.now = model.now + 40 * 86_400_000
        _ = try database.compact()
        try model.check(database.readView(), "seed \(seed), at the end")
    }

    /// Shuffled within `days`, with a seal every so often, as if data came by mail.
    private static func fill(
        _ database: Database, series: Int, samples: Int, isShuffled: Bool, _ clock: MovableClocks
    ) throws {
        var random = SeededGenerator(seed: 5)
        var order = (0..<(series * samples)).map { ($0 / series, $0 % series) }
        if isShuffled { order.shuffle(using: &random) }
        let end = clock.now - 86_400_000, begin = end - Int64(samples) * 60_000
        for first in stride(from: 0, to: order.count, by: 2000) {
            try database.append { batch in
                for (row, number) in order[first..<min(first + 2000, order.count)] {
                    let value = Double(number) + Double(row % 97) / 8
                    let labels: Labels = ["__name__": "m", "i": "\(number)"]
                    batch.append(value, at: Timestamp(milliseconds: begin + Int64(row) * 60_000), to: labels)
                }
            }
            if first % 32_000 == 0 { try database.seal() }
        }
        try database.seal()
        _ = try database.compact()
    }

    @Test func `in random order take as much room as in order, and answer alike`() throws {
        let clock = MovableClocks()
        var databases: [Database] = []
        for isShuffled in [false, true] {
            let database = try Database(
                files: MemoryFileSystem(), path: "/data", configuration: Self.configuration(clock))
            try Self.fill(database, series: 12, samples: 7 * 1440, isShuffled: isShuffled, clock)
            databases.append(database)
        }
        let contents = try databases.map { try `A database`.bits(`A database`.contents($0.readView())) }
        #expect(contents[0] == contents[1] && contents[0].count == 12)
        let bytes = databases.map { Double($0.statistics.blockBytes) }
        #expect(bytes[1] <= bytes[0] * 1.1, "\(bytes)")
        #expect(databases[1].statistics.blocks == databases[0].statistics.blocks)
    }

    @Test func `cost no chunk each, and the open chunk stays open`() throws {
        let clock = MovableClocks(), database = Database.inMemory(Self.configuration(clock))
        let begin = clock.now - 10_000_000
        for row in 0..<200 as Range<Int64> {
            try database.append { batch in
                batch.append(1, at: Timestamp(milliseconds: begin + row * 15_000), to: ["__name__": "m"])
                batch.append(2, at: Timestamp(milliseconds: begin - row * 15_000 - 1), to: ["__name__": "m"])
            }
        }
        #expect(database.statistics.headChunks == 1)
        let found = try `A database`.contents(database.readView())[["__name__": "m"]]
        #expect(found?.count == 400 && found?.map(\.timestamp) == found?.map(\.timestamp).sorted())
    }

    @Test func `are refused as Prometheus does it, by the window`() throws {
        let clock = MovableClocks(), hour: Int64 = 3_600_000
        func verdicts(_ window: Duration?) throws -> [[RejectionReason: Int]] {
            var configuration = Self.configuration(clock)
            configuration.outOfOrderWindow = window
            let database = Database.inMemory(configuration), now = clock.now
            func append(_ value: Double, _ time: Int64, _ name: String) throws -> [RejectionReason: Int] {
                try database.append {
                    $0.append(value, at: Timestamp(milliseconds: time), to: ["__name__": name])
                }.rejections
            }
            #expect(try append(1, now, "a").isEmpty)
            #expect(try append(1, now - 1000, "b").isEmpty)
            return try [
                append(2, now, "a"), append(1, now - 1, "a"), append(1, now - hour / 2, "b"),
                append(1, now - hour / 2 - 1, "b"), append(1, now - hour, "c"), append(1, now - hour - 1, "d"),
                append(1, now - 100 * hour, "b"),
            ]
        }
        #expect(
            try verdicts(.zero) == [
                [.duplicateTimestamp: 1], [.outOfOrder: 1], [.outOfOrder: 1], [.outOfOrder: 1], [:],
                [.outOfBounds: 1], [.outOfBounds: 1],
            ])
        #expect(
            try verdicts(.seconds(1800)) == [
                [.duplicateTimestamp: 1], [:], [:], [.tooOld: 1], [:], [.tooOld: 1], [.tooOld: 1],
            ])
        #expect(try verdicts(nil) == [[.duplicateTimestamp: 1], [:], [:], [:], [:], [:], [:]])
    }

    @Test func `may be allowed and forbidden while the database is open`() throws {
        let clock = MovableClocks(), database = Database.inMemory(Self.configuration(clock))
        func append(_ time: Int64) throws -> CommitSummary {
            try database.append { $0.append(1, at: Timestamp(milliseconds: time), to: ["__name__": "m"]) }
        }
        #expect(try append(clock.now).appended == 1)
        #expect(try append(clock.now - 86_400_000).appended == 1)
        database.setOutOfOrderWindow(.zero)
        #expect(try append(clock.now - 1).rejections == [.outOfOrder: 1])
        database.setOutOfOrderWindow(.seconds(60))
        #expect(try append(clock.now - 60_000).appended == 1)
        #expect(try append(clock.now - 60_001).rejections == [.tooOld: 1])
        database.setOutOfOrderWindow(nil)
        #expect(try append(clock.now - 60_001).appended == 1)
    }

    @Test func `overwrite what is stored, in memory and in blocks, at once and after a compaction`() throws {
        let clock = MovableClocks(), files = MemoryFileSystem()
        var database = try Database(files: files, path: "/data", configuration: Self.configuration(clock))
        let labels: Labels = ["__name__": "m"], begin = clock.now - 10 * 3_600_000
        func append(_ value: Double, _ rows: Range<Int64>, _ duplicates: DuplicatePolicy?) throws -> CommitSummary {
            try database.append { batch in
                batch.duplicates = duplicates
                for row in rows {
                    batch.append(value, at: Timestamp(milliseconds: begin + row * 60_000), to: labels)
                }
            }
        }
        func values() throws -> [Double] {
            try `A database`.contents(database.readView())[labels]?.map(\.value) ?? []
        }
        #expect(try append(1, 0..<10, nil).appended == 10)
        try database.seal()
        #expect(try append(2, 3..<5, .keepLast).appended == 2)
        var expected: [Double] = [1, 1, 1, 2, 2, 1, 1, 1, 1, 1]
        #expect(try values() == expected)
        // Without the option, what is stored stays.
        #expect(try append(3, 4..<6, nil).rejected == 0)
        #expect(try append(3, 9..<10, nil).rejections == [.duplicateTimestamp: 1])
        #expect(try values() == expected)
        // The newest one.
        #expect(try append(4, 9..<10, .keepLast).appended == 1)
        #expect(try append(4, 9..<10, .keepLast).repeated == 1)
        expected[9] = 4
        #expect(try values() == expected)
        try database.seal()
        #expect(try values() == expected)
        clock.now += 86_400_000
        #expect(try append(1, 9..<10, .keepLast).appended == 1)
        expected[9] = 1
        try database.close()
        database = try Database(files: files, path: "/data", configuration: Self.configuration(clock))
        #expect(try values() == expected)
        _ = try database.compact()
        #expect(try values() == expected)
        #expect(database.statistics.blocks == 1)
        try database.close()
        database = try Database(files: files, path: "/data", configuration: Self.configuration(clock))
        #expect(try values() == expected)
    }

    @Test func `a seal of more windows than are written at once loses nothing`() throws {
        let clock = MovableClocks(), files = MemoryFileSystem()
        let database = try Database(files: files, path: "/data", configuration: Self.configuration(clock))
        let labels: Labels = ["__name__": "m"], count = 300
        var order = Array(0..<Int64(count)), random = SeededGenerator(seed: 3)
        order.shuffle(using: &random)
        try database.append { batch in
            for row in order {
                let time = Timestamp(milliseconds: clock.now - row * 7_200_000)
                batch.append(Double(row), at: time, to: labels)
                let exemplar = Exemplar(labels: ["trace_id": "\(row)"], value: 1, timestamp: time)
                if row == order.max() { batch.append(exemplar, at: time, to: labels) }
            }
        }
        try database.seal()
        #expect(database.statistics.blocks == count)
        let found = try `A database`.contents(database.readView())[labels]?.map(\.value)
        #expect(found == (0..<count).map { Double(count - 1 - $0) })
        try database.close()
        let reopened = try Database(files: files, path: "/data", configuration: Self.configuration(clock))
        #expect(reopened.recovery.damagedBlocks.isEmpty && reopened.statistics.blocks == count)
    }

    /// After a deletion, the range can be filled again without any window.
    @Test(arguments: [0, 1, 2])
    func `fill what was deleted`(restart: Int) throws {
        let clock = MovableClocks()
        var disk = SimulatedFileSystem()
        var configuration = Self.configuration(clock)
        configuration.outOfOrderWindow = .zero
        var database = try Database(files: disk, path: "/data", configuration: configuration)
        func restartDatabase() throws {
            disk = disk.processEndImage()
            database = try Database(files: disk, path: "/data", configuration: configuration)
        }
        func append(_ value: Double, _ row: Int64, _ name: String) throws -> CommitSummary {
            let time = Timestamp(milliseconds: clock.now - 600_000 + row * 60_000)
            return try database.append { $0.append(value, at: time, to: ["__name__": name]) }
        }
        func values(_ name: String) throws -> [Double] {
            try `A database`.contents(database.readView())[["__name__": name]]?.map(\.value) ?? []
        }
        for row in 0..<6 as Range<Int64> { for name in ["m", "other"] { _ = try append(1, row, name) } }
        if restart == 1 { database.maintain() }
        let range =
            Timestamp(
                milliseconds: clock.now - 600_000 + 120_000)...Timestamp(milliseconds: clock.now - 600_000 + 300_000)
        #expect(try database.delete(matching: [[.equal("__name__", "m")]], in: range) != nil)
        if restart > 0 { try restartDatabase() }
        #expect(try append(2, 3, "other").rejections == [.outOfOrder: 1])
        #expect(try append(2, 1, "m").rejections == [.duplicateTimestamp: 1])
        #expect(try append(2, 0, "m").rejections == [.outOfOrder: 1])
        #expect(try append(2, 3, "m").appended == 1)
        #expect(try append(2, 2, "m").rejections == [.outOfOrder: 1])
        #expect(try append(2, 4, "m").appended == 1)
        #expect(try values("m") == [1, 1, 2, 2] && values("other").count == 6)
        if restart == 2 { try restartDatabase() }
        #expect(try append(3, 3, "m").rejections == [.outOfOrder: 1])
        try database.seal()
        #expect(try values("m") == [1, 1, 2, 2])
    }

    /// A series that is in blocks alone is judged by its newest sample there.
    @Test(arguments: [false, true])
    func `of a series that returns are late, too`(restarts: Bool) throws {
        let clock = MovableClocks(), disk = SimulatedFileSystem()
        var configuration = Self.configuration(clock)
        configuration.outOfOrderWindow = .zero
        var database = try Database(files: disk, path: "/data", configuration: configuration)
        func append(_ value: Double, _ time: Int64, _ name: String) throws -> CommitSummary {
            try database.append { $0.append(value, at: Timestamp(milliseconds: time), to: ["__name__": name]) }
        }
        let begin = clock.now
        #expect(try append(1, begin, "m").appended == 1)
        #expect(try append(1, begin + 1_200_000, "other").appended == 1)
        try database.seal()
        database.maintain()
        #expect(database.statistics.series == 1)
        #expect(try append(1, begin - 1, "m").rejections == [.outOfOrder: 1])
        #expect(try append(2, begin, "m").rejections == [.duplicateTimestamp: 1])
        #expect(try append(1, begin, "m").repeated == 1)
        if restarts {
            database = try Database(files: disk.processEndImage(), path: "/data", configuration: configuration)
            #expect(try append(1, begin - 1, "m").rejections == [.outOfOrder: 1])
        }
        #expect(try append(2, begin + 1, "m").appended == 1)
        #expect(try `A database`.contents(database.readView())[["__name__": "m"]]?.map(\.value) == [1, 2])
    }
}

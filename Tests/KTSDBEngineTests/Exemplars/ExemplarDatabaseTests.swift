import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `A database with exemplars` {
    static let always = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
    static let path = "/data"

    static func configuration(limit: Int, window: Duration? = nil) -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.checkpointLogByteLimit = 1
        configuration.exemplarLimit = limit
        configuration.outOfOrderWindow = window
        configuration.wallClock = { 1_800_000_000_000 }
        return configuration
    }

    static func open(_ files: any FileSystem, limit: Int = 1000, window: Duration? = nil) throws -> Database {
        try Database(files: files, path: path, configuration: configuration(limit: limit, window: window))
    }

    static func labels(_ index: Int) -> Labels { ["__name__": "requests_total", "i": "\(index)"] }

    static func exemplar(_ id: String, _ value: Double = 1, at time: Int64? = nil) -> Exemplar {
        Exemplar(
            labels: ["trace_id": id], value: value, timestamp: time.map { Timestamp(milliseconds: $0) })
    }

    static func stored(_ exemplar: Exemplar) -> StoredExemplar {
        StoredExemplar(
            time: exemplar.timestamp!.milliseconds, value: exemplar.value, labels: exemplar.labels.stringForm)
    }

    static func all(_ database: Database) throws -> [Labels: [Exemplar]] {
        Dictionary(
            try database.exemplars(matching: [[.name("requests_total")]], in: always).map { ($0.labels, $0.exemplars) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Any order of appends, seals, checkpoints, merges and new starts, without late exemplars, with those of an hour
    /// and with any: what memory keeps is all there, once and in order; of what has left it the newest of each minute.
    @Test(arguments: 0..<18 as Range<UInt64>) func `It gives back what its twin has`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let limit = [15, 60, 1000][Int(seed % 3)]
        let window = [Duration.zero, .seconds(3600), nil][Int(seed / 3 % 3)]
        var disk = SimulatedFileSystem()
        var database = try Self.open(disk, limit: limit, window: window)
        var time: Int64 = 1_700_000_000_000, newest = Int64.min
        var twin = ExemplarTwin(limit: limit), late = 0
        var ring: [(series: Int, exemplar: Exemplar)] {
            twin.items.map { (Int($0.slot), $0.stored.exemplar) }
        }
        var accepted: [Labels: [Exemplar]] = [:], sealed: [Labels: [Int64: Exemplar]] = [:], unsealed = 0
        for step in 0..<120 {
            time += Int64(random.below(random.oneIn(10) ? 8_000_000 : 40_000))
            var expected = ExemplarCounts(), batched: [ExemplarTwin.Item] = []
            func item(_ series: Int) -> ExemplarTwin.Item {
                var own = time - Int64(random.below(50_000))
                if random.oneIn(4) { own -= Int64(random.below(12_000_000)) }
                var item = ExemplarTwin.Item(
                    slot: UInt32(series), number: 1, time: own, value: Double(random.below(10)), ownsTime: true,
                    labels: (["trace_id": "\(random.below(1 << 40))"] as Labels).stringForm)
                guard let known = twin.items.filter({ $0.slot == series }).randomElement(using: &random) else {
                    return item
                }
                // Known ones, and others at their times.
                if random.oneIn(6) { item.time = known.time }
                if random.oneIn(8) { (item.time, item.value, item.labels) = (known.time, known.value, known.labels) }
                return item
            }
            for series in 0..<5 where random.oneIn(2) {
                for _ in 0..<(random.oneIn(5) ? 4 : 1) { batched.append(item(series)) }
                if random.oneIn(4) { batched.append(batched.last!) }
            }
            let summary = try database.append { batch in
                for series in 0..<5 {
                    batch.append(Double(step), at: Timestamp(milliseconds: time), to: Self.labels(series))
                }
                for item in batched {
                    let labels = Self.labels(Int(item.slot)), own = Timestamp(milliseconds: item.time)
                    batch.append(item.stored.exemplar, at: Timestamp(milliseconds: time), to: labels)
                    if window != .zero, random.oneIn(3) { batch.append(-1, at: own, to: labels) }
                }
            }
            let policy = AcceptancePolicy(
                wallClock: 1_800_000_000_000, maximumFuture: .max, window: window?.milliseconds ?? .max)
            // What the state before the batch refuses is not written.
            let before = twin
            for isFirst in [true, false] {
                for item in batched {
                    let first = before.verdict(item, policy, newestSample: newest)
                    let isWritten = first == .accept || first == .acceptLate
                    guard isFirst != isWritten else { continue }
                    let verdict = isFirst ? first : twin.verdict(item, policy, newestSample: newest)
                    switch verdict {
                    case .repeated: expected.repeated += 1
                    case .outOfOrder: expected.outOfOrder += 1
                    case .accept, .acceptLate:
                        twin.append(item, verdict)
                        expected.appended += 1
                        late += verdict == .acceptLate ? 1 : 0
                        unsealed = min(unsealed + 1, twin.items.count)
                        accepted[Self.labels(Int(item.slot)), default: []].append(item.stored.exemplar)
                    }
                }
            }
            newest = max(newest, time)
            #expect(summary.exemplars == expected, "step \(step)")
            func noteSeal() {
                for (series, exemplar) in ring.suffix(unsealed) {
                    let minute = exemplar.timestamp!.milliseconds / 60_000
                    let known = sealed[Self.labels(series)]?[minute]
                    if known.map({ StoredExemplar.isBefore(Self.stored($0), Self.stored(exemplar)) }) ?? true {
                        sealed[Self.labels(series), default: [:]][minute] = exemplar
                    }
                }
                unsealed = 0
            }
            // Without any checkpoint a log of this length would be cut at the first seal.
            if step == 0 { database.maintain() }
            switch random.below(12) {
            case 0:
                try database.seal()
                noteSeal()
            case 1: database.maintain()
            case 2: _ = try database.compact()
            case 3:
                disk = disk.processEndImage()
                database = try Self.open(disk, limit: limit, window: window)
                #expect(database.recovery.damagedCheckpoints.isEmpty)
            case 4:
                try database.close()
                noteSeal()
                disk = disk.processEndImage()
                database = try Self.open(disk, limit: limit, window: window)
            default: break
            }
            // A span of an hour is sealed by maintenance, too.
            let found = try Self.all(database)
            for series in 0..<5 {
                let labels = Self.labels(series), here = found[labels] ?? []
                #expect(here.allSatisfy { accepted[labels]?.contains($0) == true }, "step \(step)")
                #expect(Set(here).count == here.count, "step \(step)")
                #expect(zip(here, here.dropFirst()).allSatisfy { $0.timestamp! <= $1.timestamp! }, "step \(step)")
                #expect(ring.filter { $0.series == series }.allSatisfy { here.contains($0.exemplar) }, "step \(step)")
                #expect((sealed[labels] ?? [:]).values.allSatisfy { here.contains($0) }, "step \(step)")
            }
            #expect(database.statistics.exemplars.stored == ring.count, "step \(step)")
        }
        #expect((late > 0) == (window != .zero))
        for block in try Self.blocks(disk, database) { try block.verify() }
    }

    /// The blocks of a database.
    static func blocks(_ disk: SimulatedFileSystem, _ database: Database) throws -> [Block] {
        try Manifest.open(fileSystem: disk.processEndImage(), directory: path).state.blocks.map { record in
            let digits = String(record.number, radix: 16)
            let name = String(repeating: "0", count: 16 - digits.count) + digits
            return try Block.open(
                fileSystem: disk, path: "\(path)/blocks/\(name).block",
                summary: record)
        }
    }

    @Test func `What a target sends again with each page is not written again`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        func scrape(_ time: Int64, _ id: String) throws -> ExemplarCounts {
            try database.append { batch in
                batch.append(1, at: Timestamp(milliseconds: time), to: Self.labels(0))
                batch.append(Self.exemplar(id), at: Timestamp(milliseconds: time), to: Self.labels(0))
                batch.setMetadata(MetricMetadata(type: "counter", help: "Requests."), of: "requests")
            }.exemplars
        }
        #expect(try scrape(1000, "a").appended == 1)
        let before = database.statistics.logBytes
        #expect(try scrape(2000, "a").repeated == 1)
        let second = database.statistics.logBytes
        try database.append { $0.append(1, at: Timestamp(milliseconds: 3000), to: Self.labels(0)) }
        #expect(second - before == database.statistics.logBytes - second)
        #expect(try scrape(4000, "b").appended == 1)
        #expect(try Self.all(database)[Self.labels(0)]!.map(\.timestamp!.milliseconds) == [1000, 4000])
        #expect(database.statistics.exemplars.counts.repeated == 1)
    }

    @Test func `A view does not change, whatever comes`() throws {
        let database = try Self.open(SimulatedFileSystem(), limit: 3)
        func append(_ time: Int64) throws {
            try database.append { batch in
                batch.append(1, at: Timestamp(milliseconds: time), to: Self.labels(0))
                batch.append(Self.exemplar("\(time)"), at: Timestamp(milliseconds: time), to: Self.labels(0))
            }
        }
        for time in 1...3 as ClosedRange<Int64> { try append(time * 60_000) }
        let view = database.readView()
        for time in 4...9 as ClosedRange<Int64> { try append(time * 60_000) }
        try database.seal()
        func times(_ view: ReadView) throws -> [Int64] {
            try view.exemplars(matching: [[]], in: Self.always).flatMap(\.exemplars).map {
                $0.timestamp!.milliseconds / 60_000
            }
        }
        #expect(try times(view) == [1, 2, 3])
        #expect(try times(database.readView()) == [7, 8, 9])
        let range = Timestamp(milliseconds: 480_000)...Timestamp(milliseconds: 480_000)
        #expect(try database.exemplars(matching: [[.equal("i", "0")]], in: range).flatMap(\.exemplars).count == 1)
        #expect(try database.exemplars(matching: [[.equal("i", "1")]], in: Self.always).isEmpty)
        #expect(try database.exemplars(matching: [], in: Self.always).isEmpty)
    }

    @Test func `One that comes when its series has no sample waits for the next seal`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk, limit: 2)
        func sample(_ series: Int, _ time: Int64) throws {
            try database.append { $0.append(1, at: Timestamp(milliseconds: time), to: Self.labels(series)) }
        }
        try sample(0, 1000)
        try sample(1, 1000)
        database.maintain()
        try database.seal()
        try database.append { $0.append(Self.exemplar("late"), at: Timestamp(milliseconds: 1000), to: Self.labels(0)) }
        try sample(1, 2000)
        try database.seal()
        #expect(try Self.blocks(disk, database).allSatisfy { !$0.hasExemplars })
        let again = try Self.open(disk.processEndImage(), limit: 2)
        #expect(try Self.all(again)[Self.labels(0)]?.count == 1)
        try sample(0, 3000)
        try database.seal()
        #expect(try Self.blocks(disk, database).count { $0.hasExemplars } == 1)
        // Memory forgets it; the block does not.
        for time in 1...2 as ClosedRange<Int64> {
            try database.append { batch in
                batch.append(Self.exemplar("n\(time)"), at: Timestamp(milliseconds: 5000 + time), to: Self.labels(1))
            }
        }
        #expect(try Self.all(database)[Self.labels(0)]?.map(\.labels) == [["trace_id": "late"]])
    }

    @Test func `Labels that are too long, series that cannot be and none at all are counted`() throws {
        let database = try Self.open(SimulatedFileSystem())
        let long = Exemplar(labels: ["a": String(repeating: "é", count: 128)], value: 1)
        let time = Timestamp(milliseconds: 1000)
        let counts = try database.append { batch in
            batch.append(1, at: time, to: Self.labels(0))
            batch.append(long, at: time, to: Self.labels(0))
            batch.append(Self.exemplar("a"), at: time, to: Labels())
            batch.append(Exemplar(labels: Labels(), value: 2), at: time, to: Self.labels(0))
        }.exemplars
        #expect(counts.invalidLabels == 1 && counts.unknownSeries == 1 && counts.appended == 1 && counts.rejected == 2)
        #expect(try Self.all(database)[Self.labels(0)] == [Exemplar(labels: Labels(), value: 2, timestamp: time)])
        database.setExemplarLimit(0)
        #expect(try Self.all(database).isEmpty)
        let none = try database.append { $0.append(Self.exemplar("b"), at: time, to: Self.labels(0)) }
        #expect(none.exemplars == ExemplarCounts() && none.sequence == database.statistics.sequence)
        #expect(Database.Configuration().exemplarLimit == 100_000)
    }

    @Test func `Damage in the file of side data makes the checkpoint before it and the log stand in`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        for step in 1...4 as ClosedRange<Int64> {
            try database.append { batch in
                batch.append(1, at: Timestamp(milliseconds: step * 1000), to: Self.labels(0))
                batch.append(Self.exemplar("\(step)"), at: Timestamp(milliseconds: step * 1000), to: Self.labels(0))
                batch.setMetadata(MetricMetadata(type: "counter", help: "Version \(step)"), of: "requests")
            }
            database.maintain()
        }
        let expected = try Self.all(database)
        let path = disk.snapshot.keys.filter { $0.hasSuffix(".sidedata") }.sorted().last!
        let whole = disk.contents(of: path)!
        for position in whole.indices {
            let copy = disk.processEndImage()
            var bytes = whole
            bytes[position] ^= 1 << UInt8(position % 8)
            copy.setContents(of: path, to: bytes)
            let opened = try? Self.open(copy)
            #expect(opened.map { $0.recovery.damagedCheckpoints.count == 1 } ?? (4..<8).contains(position))
            guard let opened else { continue }
            #expect(try Self.all(opened) == expected, "byte \(position)")
            #expect(try opened.metadata(of: "requests")["requests"]?.help == "Version 4")
        }
        let copy = disk.processEndImage()
        copy.setContents(of: path, to: Array(whole.dropLast(5)))
        #expect(try Self.open(copy).recovery.damagedCheckpoints.count == 1)
    }

    @Test func `Any bytes in a block with exemplars are safe to read`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        for step in 1...30 as ClosedRange<Int64> {
            try database.append { batch in
                for series in 0..<3 {
                    let time = Timestamp(milliseconds: step * 60_000 + Int64(series))
                    batch.append(1, at: time, to: Self.labels(series))
                    batch.append(Self.exemplar("\(step * 7919)", Double(step) / 3), at: time, to: Self.labels(series))
                }
                batch.setMetadata(MetricMetadata(type: "counter", help: "Help", unit: "s"), of: "requests")
            }
        }
        try database.seal()
        let path = disk.snapshot.keys.first { $0.hasPrefix("/data/blocks/") }!
        let whole = disk.contents(of: path)!
        let block = try Self.blocks(disk, database)[0]
        try block.verify()
        let view = try Self.open(disk.processEndImage(), limit: 0).readView()
        #expect(try view.exemplars(matching: [[]], in: Self.always).map(\.exemplars.count) == [30, 30, 30])
        #expect(try view.metadata() == ["requests": MetricMetadata(type: "counter", help: "Help", unit: "s")])
        var random = SeededGenerator(seed: 1)
        for _ in 0..<400 {
            let copy = disk.processEndImage()
            var bytes = whole
            bytes[random.below(bytes.count)] ^= UInt8(1 + random.below(255))
            copy.setContents(of: path, to: bytes)
            guard let damaged = try? Self.open(copy, limit: 0) else { continue }
            _ = try? damaged.exemplars(matching: [[]], in: Self.always)
            _ = try? damaged.metadata()
            if let block = try? Self.blocks(copy, damaged)[0] {
                #expect((try? block.verify()) == nil)
            }
        }
    }
}

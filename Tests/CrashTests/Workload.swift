import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// What a database holds, bit for bit: times and value bits in turn, by labels. A histogram counts as the bits that it
/// was made from. Exemplars stand under labels of their own, times and value bits too; so does what metrics are, as a
/// number, and the value of a record.
typealias Contents = [Labels: [UInt64]]

extension Contents {
    /// Takes in what a commit brought: more samples at any time, other values of some, and other values of records, of
    /// which an empty one is none.
    mutating func add(_ commit: Contents) {
        for (labels, values) in commit {
            if labels["__record__"] != nil || labels["__metadata__"] != nil {
                self[labels] = values.isEmpty ? nil : values
            } else {
                for index in stride(from: 0, to: values.count, by: 2) {
                    set(values[index + 1], at: values[index], labels)
                }
            }
        }
    }

    /// Sets the value of a sample.
    mutating func set(_ bits: UInt64, at time: UInt64, _ labels: Labels) {
        var row = self[labels] ?? [], place = row.count
        while place > 0, Int64(bitPattern: row[place - 2]) > Int64(bitPattern: time) { place -= 2 }
        if place > 0, row[place - 2] == time {
            row[place - 1] = bits
        } else {
            row.insert(contentsOf: [time, bits], at: place)
        }
        self[labels] = row
    }

    /// Returns the value of a sample; nil if there is none.
    func bits(at time: Int64, _ labels: Labels) -> UInt64? {
        let row = self[labels] ?? []
        let place = stride(from: 0, to: row.count, by: 2).first { Int64(bitPattern: row[$0]) == time }
        return place.map { row[$0 + 1] }
    }
}

extension Labels {
    /// Where the exemplars of a series stand.
    var ofExemplars: Labels { Labels(map { ($0.name, $0.value) } + [("__exemplars__", "yes")]) }

    /// Whether samples stand under these labels.
    var areOfSamples: Bool {
        self["__exemplars__"] == nil && self["__metadata__"] == nil && self["__record__"] == nil
    }
}

/// What the database was asked to store, and what it said about it.
struct Ledger {
    /// All that was acknowledged, or is visible though it could not be made durable.
    var stored: Contents = [:]
    /// The commit that was under way when the power went: it may be there, whole, or not.
    var inDoubt: Contents?
    /// Commits that were refused with an error and must leave no trace.
    var refused = 0
    /// Compactions that were completed.
    var compactions = 0

    /// The time of a series' newest sample.
    func newest(of labels: Labels) -> Int64 {
        stored[labels].map { Int64(bitPattern: $0[$0.count - 2]) } ?? .min
    }

    /// The two things that may be found after a crash.
    var allowed: [Contents] {
        guard let inDoubt else { return [stored] }
        var whole = stored
        whole.add(inDoubt)
        return [stored, whole]
    }
}

/// A mixed workload, the same for the same seed: durable commits with new, known, late and repeated samples, seals,
/// imports, snapshots, checkpoints, maintenance, closing and opening again. Now and then half a day passes, so that
/// blocks are merged.
struct Workload {
    static let path = "/data"
    let seed: UInt64
    var steps = 16
    /// The bytes that the database reserves on its disk.
    var reserve = 0
    /// Called before each step, with its number and the database, if it is open.
    var beforeStep: (Int, Database?) -> Void = { _, _ in }

    static func configuration(clock: TestClock) -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.diskReserveByteLimit = 0
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.logSegmentByteLimit = 1200
        configuration.openByteLimit = 1 << 17
        configuration.checkpointLogByteLimit = 1500
        configuration.replayGroupByteLimit = 300
        configuration.wallClock = { clock.now }
        return configuration
    }

    static func open(
        _ files: any FileSystem, clock: TestClock = TestClock(), reserve: Int = 0
    ) throws(OpenError) -> Database {
        var configuration = configuration(clock: clock)
        configuration.diskReserveByteLimit = reserve
        return try Database(files: files, path: path, configuration: configuration)
    }

    /// Runs until the end or until the disk has lost its power; goes on after other errors.
    func run(on disk: SimulatedFileSystem) -> Ledger {
        var ledger = Ledger()
        var generator = SeededGenerator(seed: seed)
        let clock = TestClock()
        var database = try? Self.open(disk, clock: clock, reserve: reserve)
        for step in 0..<steps {
            clock.now += 1000 + Int64(generator.below(generator.oneIn(4) ? 50_000_000 : 1_500_000))
            let commit = Commit(step: step, time: clock.now, ledger: ledger, using: &generator)
            if database == nil { database = try? Self.open(disk, clock: clock, reserve: reserve) }
            beforeStep(step, database)
            guard let open = database else {
                if disk.hasCrashed { return ledger }
                continue
            }
            do {
                let summary = try open.append { batch in commit.fill(&batch) }
                // Where a block cannot be read, it is not known whether a sample of a series that returns repeats one
                // in it, so what changes nothing may be counted as stored or not.
                let mayDiffer = disk.faultCount > 0 && summary.appended >= commit.changeCount
                precondition(
                    summary.appended == commit.appendedCount || mayDiffer,
                    "The model and the database agree on verdicts.")
                precondition(
                    summary.exemplars.appended == commit.exemplars.count, "All exemplars of the workload are accepted.")
                ledger.stored.add(commit.accepted)
            } catch AppendError.notDurable where !disk.hasCrashed {
                ledger.stored.add(commit.accepted)
            } catch {
                if disk.hasCrashed {
                    ledger.inDoubt = commit.accepted
                    return ledger
                }
                ledger.refused += 1
            }
            switch step % 8 {
            case 1:
                let imported = ImportedSamples(at: clock.now, ledger)
                do {
                    try imported.add(to: open)
                    ledger.stored.add(imported.changes)
                } catch {
                    var isUndecided = disk.hasCrashed
                    if case ImportError.undecided = error { isUndecided = true }
                    if isUndecided {
                        ledger.inDoubt = imported.changes
                        return ledger
                    }
                }
            case 3, 7: _ = try? open.snapshot()
            case 5:
                try? open.close()
                database = nil
            default: open.maintain()
            }
            if step % 8 == 6 { ledger.compactions += open.statistics.compactions.completed }
            if disk.hasCrashed { return ledger }
        }
        try? database?.close()
        return ledger
    }

    /// All samples of a database.
    static func contents(of database: Database) throws -> Contents { try contents(of: database.readView()) }

    /// All samples that a view shows.
    static func contents(of view: ReadView) throws -> Contents {
        var contents: Contents = [:]
        let range = Timestamp(milliseconds: -1 << 52)...Timestamp(milliseconds: 1 << 52)
        for series in try view.series(in: range) {
            var samples = try series.samples().map { ($0.timestamp, $0.value.bitPattern) }
            for sample in try series.samples().histograms { samples.append((sample.timestamp, sample.histogram.bits)) }
            if !samples.isEmpty {
                samples.sort { $0.0 < $1.0 }
                contents[series.labels] = samples.flatMap { [UInt64(bitPattern: $0.0.milliseconds), $0.1] }
            }
        }
        for series in try view.exemplars(matching: [[]], in: range) {
            contents[series.labels.ofExemplars] = series.exemplars.flatMap {
                [UInt64(bitPattern: $0.timestamp!.milliseconds), $0.value.bitPattern]
            }
        }
        for (name, metadata) in try view.metadata() {
            contents[["__metadata__": name]] = [UInt64(metadata.help) ?? .max]
        }
        for space in view.recordSpaces where !space.isReserved {
            for (key, bytes) in view.records(in: space) {
                contents[["__record__": key, "space": space.name]] = [
                    UInt64(String(decoding: bytes, as: UTF8.self)) ?? 0
                ]
            }
        }
        return contents
    }
}

/// One commit of the workload, with what the rules say about it.
struct Commit {
    var samples: [(labels: Labels, time: Int64, bits: UInt64)] = []
    /// What changes if it is stored.
    var accepted: Contents = [:]
    /// How many samples are stored; late ones may repeat the time of an earlier one and then change nothing.
    var appendedCount = 0
    /// How many samples change something.
    var changeCount = 0
    var duplicates: DuplicatePolicy?
    /// With a sample of the same series and time each, and one a minute: blocks keep them all.
    var exemplars: [(labels: Labels, time: Int64, bits: UInt64)] = []
    /// What is said for the first time of a metric that has a sample here.
    var metadata: [String: UInt64] = [:]
    /// Records that are set, or removed.
    var records: [(key: String, space: RecordSpace, value: UInt64?)] = []

    init(step: Int, time: Int64, ledger: Ledger, using generator: inout SeededGenerator) {
        // Of its own, so that the samples are those of the seed.
        var choices = SeededGenerator(seed: UInt64(time))
        if choices.oneIn(3) { duplicates = .keepLast }
        var contents = ledger.stored
        for _ in 0..<(1 + generator.below(12)) {
            // Some series last, some come with a step and go.
            let isShortLived = generator.oneIn(4)
            let labels: Labels = [
                "__name__": "m\(generator.below(3))", "i": isShortLived ? "step\(step)" : "\(generator.below(5))",
            ]
            let bits = UInt64.random(in: 0 ... .max, using: &generator)
            var sample = (labels: labels, time: time - Int64(generator.below(3)) * 50, bits: bits)
            if generator.oneIn(3) { sample.bits = Double(generator.below(1000)).bitPattern }
            if generator.oneIn(10) { sample.bits = Double.staleMarker.bitPattern }
            // Late and repeated samples, some of series that have left memory.
            if generator.oneIn(8), let row = contents[labels] {
                let place = choices.oneIn(2) ? row.count - 2 : choices.below(row.count / 2) * 2
                sample.time = Int64(bitPattern: row[place])
                if choices.oneIn(2) { sample.bits = row[place + 1] }
                if generator.oneIn(2) { sample.time -= Int64(choices.below(8_000_000)) }
            }
            samples.append(sample)
            store(sample, in: &contents)
            if sample.time > ledger.newest(of: labels), accepted.bits(at: sample.time, labels) == sample.bits,
                choices.oneIn(3)
            {
                addSideData(labels, sample.time, ledger, &choices)
            }
        }
        addRecords(&choices)
    }

    /// Stores a sample in the model, as the database should.
    private mutating func store(_ sample: (labels: Labels, time: Int64, bits: UInt64), in contents: inout Contents) {
        let newest = contents[sample.labels].map { Int64(bitPattern: $0[$0.count - 2]) } ?? .min
        let known = contents.bits(at: sample.time, sample.labels)
        if sample.time == newest, known == sample.bits || duplicates != .keepLast { return }
        appendedCount += 1
        guard known == nil || duplicates == .keepLast else { return }
        changeCount += 1
        contents.set(sample.bits, at: UInt64(bitPattern: sample.time), sample.labels)
        accepted.set(sample.bits, at: UInt64(bitPattern: sample.time), sample.labels)
    }

    /// Appends everything to a batch.
    func fill(_ batch: inout Batch) {
        batch.duplicates = duplicates
        for sample in samples {
            let time = Timestamp(milliseconds: sample.time)
            if let histogram = Histogram(bits: sample.bits) {
                let start = Timestamp(milliseconds: Int64(sample.bits >> 40))
                batch.append(histogram, at: time, startedAt: start, to: sample.labels)
            } else {
                batch.append(Double(bitPattern: sample.bits), at: time, to: sample.labels)
            }
        }
        for (labels, time, bits) in exemplars {
            let exemplar = Exemplar(labels: ["trace_id": "\(bits)"], value: Double(bitPattern: bits))
            batch.append(exemplar, at: Timestamp(milliseconds: time), to: labels)
        }
        for (name, number) in metadata {
            batch.setMetadata(MetricMetadata(type: "gauge", help: "\(number)"), of: name)
        }
        for (key, space, value) in records {
            if let value {
                batch.set(key, Array("\(value)".utf8), in: space)
            } else {
                batch.remove(key, in: space)
            }
        }
    }

    private mutating func addRecords(_ generator: inout SeededGenerator) {
        for _ in 0..<generator.below(3) {
            let key = "k\(generator.below(3))", space = RecordSpace("s\(generator.below(2))")
            let value = generator.oneIn(4) ? nil : UInt64(generator.below(1 << 30))
            records.append((key, space, value))
            accepted[["__record__": key, "space": space.name]] = value.map { [$0] } ?? []
        }
    }

    private mutating func addSideData(
        _ labels: Labels, _ time: Int64, _ ledger: Ledger, _ generator: inout SeededGenerator
    ) {
        if time / 60_000 > last(of: labels.ofExemplars, ledger).map({ $0.time / 60_000 }) ?? .min {
            let bits = Double(generator.below(1 << 40)).bitPattern
            exemplars.append((labels, time, bits))
            accepted[labels.ofExemplars, default: []] += [UInt64(bitPattern: time), bits]
        }
        let name = labels["__name__"]!, key: Labels = ["__metadata__": name]
        if accepted[key] == nil, ledger.stored[key] == nil {
            metadata[name] = UInt64(time)
            accepted[key] = [UInt64(time)]
        }
    }

    private func last(of labels: Labels, _ ledger: Ledger) -> (time: Int64, bits: UInt64)? {
        guard let row = accepted[labels] ?? ledger.stored[labels] else { return nil }
        return (Int64(bitPattern: row[row.count - 2]), row[row.count - 1])
    }
}

/// Samples of any age that are imported together.
private struct ImportedSamples {
    private var samples: [(labels: Labels, time: Int64, bits: UInt64)] = []
    private let duplicates: DuplicatePolicy
    /// What changes if they are stored.
    private(set) var changes: Contents = [:]

    init(at time: Int64, _ ledger: Ledger) {
        var random = SeededGenerator(seed: UInt64(time) &+ 1)
        duplicates = random.oneIn(2) ? .keepLast : .keepFirst
        var contents = ledger.stored
        for _ in 0..<(1 + random.below(150)) {
            let labels: Labels = ["__name__": "m\(random.below(3))", "i": "\(random.below(6))"]
            var time = time - Int64(random.below(20_000_000))
            if random.oneIn(4), let row = contents[labels] {
                time = Int64(bitPattern: row[random.below(row.count / 2) * 2])
            }
            let bits = UInt64.random(in: 0 ... .max, using: &random)
            samples.append((labels, time, bits))
            guard duplicates == .keepLast || contents.bits(at: time, labels) == nil else { continue }
            contents.set(bits, at: UInt64(bitPattern: time), labels)
            changes.set(bits, at: UInt64(bitPattern: time), labels)
        }
    }

    func add(to database: Database) throws {
        try database.importSamples(duplicates: duplicates, bufferByteLimit: 1 << 12) { batch in
            for (labels, time, bits) in samples {
                let time = Timestamp(milliseconds: time)
                if let histogram = Histogram(bits: bits) {
                    try batch.append(histogram, at: time, to: labels)
                } else {
                    try batch.append(Double(bitPattern: bits), at: time, to: labels)
                }
            }
        }
    }
}

/// A clock that stands still until a test moves it.
final class TestClock: @unchecked Sendable {
    // Each workload has its own and uses it on one thread.
    var now: Int64 = 1_700_000_000_000
}

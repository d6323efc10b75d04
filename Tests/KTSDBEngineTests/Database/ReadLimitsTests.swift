import KTSDBEngine
import KTSDBModel
import Synchronization
import Testing

/// Limits that are reached at a certain look, and know how much room is taken.
private final class CountedLimits: ReadLimits {
    private let limit: Int
    private let byteLimit: Int
    private let count = Atomic(0), taken = Atomic(0), peak = Atomic(0)

    init(looks: Int = .max, bytes: Int = .max) {
        limit = looks
        byteLimit = bytes
    }

    var looks: Int { count.load(ordering: .relaxed) }
    var bytesTaken: Int { taken.load(ordering: .relaxed) }
    var peakBytes: Int { peak.load(ordering: .relaxed) }

    func check() throws(ReadError) {
        if count.add(1, ordering: .relaxed).newValue > limit { throw .interrupted }
    }

    func reserve(bytes: Int) throws(ReadError) {
        let now = taken.add(bytes, ordering: .relaxed).newValue
        if now > byteLimit {
            taken.subtract(bytes, ordering: .relaxed)
            throw .interrupted
        }
        peak.max(now, ordering: .relaxed)
    }

    func release(bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }
}

/// Appends new series whenever somebody looks: whoever then held the lock of the index would wait for itself.
private final class AppendingLimits: ReadLimits {
    private let database: Database
    private let count = Atomic(0)

    init(_ database: Database) { self.database = database }

    var appended: Int { count.load(ordering: .relaxed) }

    func check() throws(ReadError) {
        let first = count.add(10, ordering: .relaxed).oldValue
        _ = try? database.append { batch in
            for number in first..<(first + 10) {
                batch.append(1, at: Timestamp(milliseconds: 1), to: ["__name__": "m", "n": "1\(number)00000"])
            }
        }
    }

    func reserve(bytes: Int) throws(ReadError) {}
    func release(bytes: Int) {}
}

@Suite struct `Limits of reads` {
    private static let everything = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
    private static let seriesCount = 6000

    /// Series in a block and in memory, with exemplars.
    private static func database() throws -> Database {
        let database = Database.inMemory(`A database`.manual())
        database.setExemplarLimit(1000)
        for time in [1, 2] as [Int64] {
            try database.append { batch in
                for number in 0..<seriesCount {
                    let labels: Labels = ["__name__": "m", "n": "value \(number)", "g": "\(number % 7)"]
                    batch.append(Double(time), at: Timestamp(milliseconds: time), to: labels)
                    if number < 300 {
                        batch.append(
                            Exemplar(
                                labels: ["trace": "\(number)"], value: 1, timestamp: Timestamp(milliseconds: time)),
                            at: Timestamp(milliseconds: time), to: labels)
                    }
                }
            }
            if time == 1 { try database.seal() }
        }
        return database
    }

    private typealias Read = (_ limits: CountedLimits?) throws(ReadError) -> Int

    /// All that can be read within limits, each giving how much it found.
    private static func reads(_ database: Database) throws -> [(name: String, read: Read)] {
        let view = database.readView()
        let pattern = try LabelMatcher.matches("n", "value .*[02468]")
        func count(_ selected: any SelectedSeries) throws(ReadError) -> Int {
            var columns = SampleColumns(), count = 0
            for position in 0..<selected.count {
                _ = try selected.labels(at: position)
                try selected.decode(position, into: &columns)
                count += columns.times.count
            }
            return count
        }
        return [
            (
                "select",
                { limits throws(ReadError) in try count(view.select([pattern], in: everything, limits: limits)) }
            ),
            (
                "select all",
                { limits throws(ReadError) in
                    try count(view.select([.notEqual("g", "9")], in: everything, limits: limits))
                }
            ),
            (
                "series",
                { limits throws(ReadError) in try view.series(matching: pattern, in: everything, limits: limits).count }
            ),
            ("names", { limits throws(ReadError) in try view.labelNames(in: everything, limits: limits).count }),
            (
                "names of some",
                { limits throws(ReadError) in
                    try view.labelNames(matching: [[pattern]], in: everything, limits: limits).count
                }
            ),
            (
                "values",
                { limits throws(ReadError) in try view.labelValues(of: "n", in: everything, limits: limits).count }
            ),
            (
                "values of some",
                { limits throws(ReadError) in
                    try view.labelValues(
                        of: "n", matching: [[pattern], [.equal("g", "3")]], in: everything, limits: limits
                    )
                    .count
                }
            ),
            (
                "exemplars",
                { limits throws(ReadError) in
                    try view.exemplars(matching: [[pattern]], in: everything, limits: limits).count
                }
            ),
            (
                "cardinality",
                { limits throws(ReadError) in try database.cardinality(limits: limits).labelPairs }
            ),
        ]
    }

    @Test func `are looked at by all reads, which end at once and give back all that they took`() throws {
        let database = try Self.database()
        for (name, read) in try Self.reads(database) {
            let found = try read(nil), free = CountedLimits()
            #expect(found > 0)
            #expect(try read(free) == found, "\(name)")
            #expect(free.bytesTaken == 0, "\(name) keeps \(free.bytesTaken) bytes")
            #expect(free.looks > 0, "\(name) never looks")
            for looks in stride(from: 0, to: free.looks, by: max(1, free.looks / 20)) {
                let limits = CountedLimits(looks: looks)
                #expect(throws: ReadError.interrupted, "\(name) after \(looks) of \(free.looks)") { try read(limits) }
                #expect(limits.looks == looks + 1, "\(name) goes on")
                #expect(limits.bytesTaken == 0, "\(name) keeps \(limits.bytesTaken) bytes")
            }
            guard free.peakBytes > 0 else { continue }
            let tight = CountedLimits(bytes: free.peakBytes / 2)
            #expect(throws: ReadError.interrupted, "\(name)") { try read(tight) }
            #expect(tight.bytesTaken == 0, "\(name) keeps \(tight.bytesTaken) bytes")
        }
    }

    @Test func `are looked at once for some hundred values, and not for each`() throws {
        let database = try Self.database()
        for (name, read) in try Self.reads(database) where name != "names" {
            let limits = CountedLimits()
            _ = try read(limits)
            // Labels and samples of each series are asked for one by one, which is a look each.
            let calls = 2 * Self.seriesCount
            #expect(limits.looks < calls + Self.seriesCount / 10, "\(name) looks \(limits.looks) times")
        }
    }

    @Test func `let new series come while values are looked at`() throws {
        let database = Database.inMemory(`A database`.manual())
        func add(_ numbers: Range<Int>) throws {
            try database.append { batch in
                for number in numbers {
                    batch.append(1, at: Timestamp(milliseconds: 1), to: ["__name__": "m", "n": "\(number)"])
                }
            }
        }
        try add(0..<2000)
        let view = database.readView()
        let limits = AppendingLimits(database)
        let matcher = try LabelMatcher.matches("n", "[0-9]*")
        let selected = try view.select([matcher], in: Self.everything, limits: limits)
        var samples = 0, columns = SampleColumns()
        for position in 0..<selected.count {
            try selected.decode(position, into: &columns)
            samples += columns.times.count
        }
        #expect(samples == 2000)
        #expect(limits.appended > 0)
        _ = try view.labelValues(of: "n", matching: [[matcher]], in: Self.everything, limits: limits)
        _ = try view.labelNames(matching: [[matcher]], in: Self.everything, limits: limits)
        #expect(try database.cardinality(limits: limits).series >= 2000)
    }
}

import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Deleting samples` {
    typealias Support = DeletionTestSupport
    static let m: Labels = ["__name__": "m", "i": "1"], other: Labels = ["__name__": "m", "i": "2"]
    static let h: Labels = ["__name__": "h"]

    /// A sample a minute from `first` on, for each series: floats, histograms, exemplars.
    static func fill(_ database: Database, _ clocks: MovableClocks, minutes: Int) throws {
        for _ in 0..<minutes {
            clocks.pass(Support.minute)
            let time = Timestamp(milliseconds: clocks.now), value = Double(clocks.now - Support.start) / 1000
            try database.append { batch in
                for labels in [m, other] { batch.append(value, at: time, to: labels) }
                batch.append(Support.histogram(value), at: time, to: h)
                batch.append(Exemplar(labels: ["trace_id": "\(value)"], value: value), at: time, to: m)
            }
        }
    }

    /// What `fill` has stored, without the minutes in `hidden` of the series.
    static func expected(_ minutes: Int, without hidden: [Labels: ClosedRange<Int>] = [:]) -> [Labels: [Int64: UInt64]]
    {
        var result: [Labels: [Int64: UInt64]] = [:]
        for labels in [m, other, h] {
            for minute in 1...minutes where hidden[labels]?.contains(minute) != true {
                result[labels, default: [:]][Support.start + Int64(minute) * Support.minute] =
                    (Double(minute) * (labels == h ? -60 : 60)).bitPattern
            }
        }
        return result
    }

    static func minutes(_ range: ClosedRange<Int>) -> ClosedRange<Timestamp> {
        Support.range(
            Support.start + Int64(range.lowerBound) * Support.minute,
            Support.start + Int64(range.upperBound) * Support.minute)
    }

    @Test(arguments: [false, true])
    func `hides them at once, in memory and in blocks, and open views keep them`(isSealed: Bool) throws {
        let clocks = MovableClocks(Support.start), database = try Support.open(MemoryFileSystem(), clocks)
        try Self.fill(database, clocks, minutes: 10)
        if isSealed { try database.seal() }
        let view = database.readView(), before = Self.expected(10)
        let found = try Support.contents(view)
        #expect(found == before)
        let made = try database.delete(matching: .equal("i", "1"), in: Self.minutes(3...5))
        let first = try #require(made)
        #expect(first.range == Self.minutes(3...5) && first.createdAt.milliseconds == clocks.now)
        #expect(first.undoableUntil == first.createdAt + .seconds(3600))
        try database.delete(matching: [[.name("h")], [.equal("i", "2"), .name("none")]], in: Self.minutes(1...10))
        #expect(database.deletions.count == 2 && database.statistics.deletions == 2)
        let after = Self.expected(10, without: [Self.m: 3...5, Self.h: 1...10])
        #expect(try Support.contents(database.readView()) == after)
        #expect(try Support.contents(view) == before)
        #expect(try Support.exemplars(view)[Self.m]?.count == 10)
        let exemplars = try Support.exemplars(database.readView())
        #expect(exemplars[Self.m].map { Set($0.keys) } == after[Self.m].map { Set($0.keys) })
        let names = try database.readView().labelValues(of: "__name__", in: Self.minutes(0...20))
        #expect(names == ["m"])
        #expect(try database.readView().labelValues(of: "i", in: Self.minutes(3...5)) == ["2"])
        #expect(try database.readView().labelNames(in: Self.minutes(3...5)) == ["__name__", "i"])
        let selected = try database.readView().select([], withSamplesIn: Self.minutes(4...4), limits: nil)
        #expect(selected.count == 1)
        #expect(try database.readView().newest(of: Self.h) == nil)
        try database.readView().verify()
    }

    @Test func `covers the newest sample, and the series continues`() throws {
        let clocks = MovableClocks(Support.start), database = try Support.open(MemoryFileSystem(), clocks)
        try Self.fill(database, clocks, minutes: 5)
        try database.delete(matching: .equal("i", "1"), in: Self.minutes(4...100))
        let newest = try database.readView().newest(of: Self.m)
        #expect(newest?.timestamp == Self.minutes(3...3).lowerBound)
        // The deletion reaches beyond now, and does not cover what comes later.
        try Self.fill(database, clocks, minutes: 2)
        #expect(try Support.contents(database.readView()) == Self.expected(7, without: [Self.m: 4...5]))
        #expect(try Support.exemplars(database.readView())[Self.m]?.count == 5)
    }

    @Test(arguments: [false, true])
    func `does not cover what is appended to its range later`(reclaims: Bool) throws {
        let clocks = MovableClocks(Support.start), database = try Support.open(MemoryFileSystem(), clocks)
        try Self.fill(database, clocks, minutes: 1)
        let deletion = try #require(try database.delete(matching: .name("m"), in: Self.minutes(0...60)))
        // The series leave memory, and come back.
        clocks.pass(30 * Support.minute)
        try database.append { $0.append(1, at: Timestamp(milliseconds: clocks.now), to: ["__name__": "x"]) }
        try database.seal()
        database.maintain()
        let time = Self.minutes(1...1).lowerBound
        #expect(try database.append { $0.append(99, at: time, to: Self.m) }.appended == 1)
        #expect(try Support.contents(database.readView())[Self.m] == [time.milliseconds: (99.0).bitPattern])
        try database.seal()
        #expect(try Support.contents(database.readView())[Self.m] == [time.milliseconds: (99.0).bitPattern])
        if reclaims {
            try database.reclaim()
            #expect(try Support.contents(database.readView())[Self.m] == [time.milliseconds: (99.0).bitPattern])
        } else {
            // Of two samples at one time the first counts.
            try database.undelete(deletion.id)
            #expect(try Support.contents(database.readView())[Self.m] == Self.expected(1)[Self.m])
        }
    }

    @Test func `can be undone for some time, one by one`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Support.open(disk, clocks)
        try Self.fill(database, clocks, minutes: 8)
        let first = try #require(try database.delete(matching: .name("m"), in: Self.minutes(2...6)))
        let second = try #require(try database.delete(matching: .equal("i", "1"), in: Self.minutes(5...8)))
        #expect(database.deletions.map(\.id) == [first.id, second.id] && first.id < second.id)
        let view = database.readView()
        try database.undelete(first.id)
        #expect(try Support.contents(database.readView()) == Self.expected(8, without: [Self.m: 5...8]))
        #expect(try Support.contents(view)[Self.other]?.count == 3)
        #expect(throws: DeletionError.unknown(id: first.id)) { try database.undelete(first.id) }
        clocks.pass(Support.hour - 1)
        let reopened = try Support.open(disk.processEndImage(), clocks)
        try reopened.undelete(second.id)
        #expect(try Support.contents(reopened.readView()) == Self.expected(8))
        #expect(try Support.exemplars(reopened.readView())[Self.m]?.count == 8)
        clocks.pass(1)
        #expect(throws: DeletionError.isFinal(id: second.id)) { try database.undelete(second.id) }
        #expect(database.deletions.map(\.undoableUntil) == [second.createdAt + .seconds(3600)])
        database.maintain()
        #expect(database.deletions.map(\.undoableUntil) == [nil])
        // Numbers are not used again.
        let third = try #require(try reopened.delete(matching: .name("m"), in: Self.minutes(2...6)))
        #expect(third.id > second.id)
    }

    @Test func `stores nothing if nothing is meant`() throws {
        let clocks = MovableClocks(Support.start), database = try Support.open(MemoryFileSystem(), clocks)
        try Self.fill(database, clocks, minutes: 2)
        #expect(try database.delete(matching: .name("none"), in: Support.everything) == nil)
        #expect(try database.delete(matching: .name("m"), in: Self.minutes(3...9)) == nil)
        // What is in memory and not meant is not sealed.
        #expect(database.statistics.blocks == 0 && database.deletions.isEmpty)
        #expect(try database.reclaim() == ReclaimReport())
    }

    @Test func `refuses what has no matchers or too many, and too many deletions`() throws {
        let clocks = MovableClocks(Support.start)
        var configuration = Support.configuration(clocks)
        configuration.deletionLimit = 2
        let database = try Database(files: MemoryFileSystem(), path: "/data", configuration: configuration)
        try Self.fill(database, clocks, minutes: 9)
        for lists in [[], [[]], [[.name("m")], []]] as [[[LabelMatcher]]] {
            #expect(throws: DeletionError.noMatchers) { try database.delete(matching: lists, in: Support.everything) }
        }
        let long = LabelMatcher.equal("i", String(repeating: "x", count: DeletionRecord.matcherByteLimit - 3))
        #expect(throws: DeletionError.matchersTooLong(byteCount: 65_537, limit: 65_536)) {
            try database.delete(matching: long, in: Support.everything)
        }
        for minute in 1...2 { try database.delete(matching: .name("m"), in: Self.minutes(minute...minute)) }
        #expect(throws: DeletionError.tooMany(limit: 2)) {
            try database.delete(matching: .name("m"), in: Self.minutes(3...3))
        }
        try database.reclaim()
        #expect(database.deletions.isEmpty)
        try database.delete(matching: .name("m"), in: Self.minutes(3...3))
        #expect(
            try Support.contents(database.readView())
                == Self.expected(9, without: [Self.m: 1...3, Self.other: 1...3]))
        try database.close()
        #expect(throws: DeletionError.closed) { try database.delete(matching: .name("m"), in: Support.everything) }
        #expect(throws: DeletionError.closed) { try database.reclaim() }
        #expect(throws: DeletionError.closed) { try database.undelete(1) }
    }
}

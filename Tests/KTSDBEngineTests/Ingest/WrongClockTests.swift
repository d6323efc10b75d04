import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBEngine

/// Clocks that a test moves: the wall clock, and the one that only goes forward.
final class MovableClocks: Sendable {
    private let wall: Atomic<Int64>, monotonic = Atomic<Int64>(5_000_000)

    init(_ now: Int64 = 1_700_000_000_000) { wall = Atomic(now) }

    /// The wall clock, in milliseconds.
    var now: Int64 {
        get { wall.load(ordering: .relaxed) }
        set { wall.store(newValue, ordering: .relaxed) }
    }

    /// Milliseconds that have passed, and some.
    var elapsed: Int64 { monotonic.load(ordering: .relaxed) }

    /// Lets time pass.
    func pass(_ milliseconds: Int64) {
        now += milliseconds
        monotonic.wrappingAdd(milliseconds, ordering: .relaxed)
    }
}

@Suite struct `A database whose clock was wrong` {
    static let hour: Int64 = 3_600_000, day: Int64 = 24 * 3_600_000

    /// As the server has it.
    static func configuration(_ clocks: MovableClocks) -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.durability = .buffered
        configuration.maximumFuture = .seconds(600)
        configuration.outOfOrderWindow = .zero
        configuration.wallClock = { clocks.now }
        return configuration
    }

    static func open(_ files: any FileSystem, _ clocks: MovableClocks) throws -> Database {
        try Database(files: files, path: "/data", configuration: configuration(clocks))
    }

    static func append(
        _ value: Double, at time: Int64, to labels: Labels = ["__name__": "m"], _ database: Database
    ) throws -> CommitSummary {
        try database.append { $0.append(value, at: Timestamp(milliseconds: time), to: labels) }
    }

    @Test(arguments: [2, 24, 24 * 40] as [Int64], [false, true])
    func `takes samples at the right time at once, after a restart too`(hours: Int64, restarts: Bool) throws {
        let files = MemoryFileSystem(), clocks = MovableClocks()
        var database = try Self.open(files, clocks)
        var expected: [Sample] = []
        func store(_ count: Int) throws {
            for _ in 0..<count {
                clocks.pass(1000)
                let summary = try Self.append(Double(expected.count), at: clocks.now, database)
                #expect(summary.appended == 1 && summary.rejections.isEmpty)
                expected.append(
                    Sample(timestamp: Timestamp(milliseconds: clocks.now), value: Double(expected.count)))
            }
        }
        func reopen() throws {
            guard restarts else { return }
            try database.close()
            database = try Self.open(files, clocks)
        }
        try store(5)
        try reopen()
        clocks.now += hours * Self.hour
        try store(4)
        try reopen()
        clocks.now -= hours * Self.hour
        try store(5)
        let later = try Self.append(7, at: clocks.now - 500, database)
        #expect(later.rejections == [.outOfOrder: 1])
        let found = try `A database`.contents(database.readView())[["__name__": "m"]]
        #expect(found == expected.sorted { $0.timestamp < $1.timestamp })
    }

    @Test func `judges age by the clock, for new series as well`() throws {
        let clocks = MovableClocks(), database = try Self.open(MemoryFileSystem(), clocks)
        _ = try Self.append(1, at: clocks.now + 9 * 60_000, to: ["__name__": "ahead"], database)
        let old = try Self.append(1, at: clocks.now - Self.hour, to: ["__name__": "old"], database)
        #expect(old.appended == 1)
        let tooOld = try Self.append(1, at: clocks.now - Self.hour - 1, to: ["__name__": "older"], database)
        #expect(tooOld.rejections == [.outOfBounds: 1])
        clocks.now += Self.day
        _ = try Self.append(1, at: clocks.now, to: ["__name__": "tomorrow"], database)
        clocks.now -= Self.day
        #expect(try Self.append(1, at: clocks.now, to: ["__name__": "new"], database).appended == 1)
    }

    @Test func `senders whose clocks are a little ahead do not go back`() throws {
        let clocks = MovableClocks(), database = try Self.open(MemoryFileSystem(), clocks)
        _ = try Self.append(1, at: clocks.now + 30_000, database)
        #expect(try Self.append(2, at: clocks.now, database).rejections == [.outOfOrder: 1])
        // Further ahead than clocks differ: what is not ahead itself is taken.
        _ = try Self.append(1, at: clocks.now + 300_000, database)
        #expect(try Self.append(2, at: clocks.now + 200_000, database).rejections == [.outOfOrder: 1])
        #expect(try Self.append(2, at: clocks.now, database).appended == 1)
        #expect(try Self.append(3, at: clocks.now - 1, database).rejections == [.outOfOrder: 1])
    }

    @Test func `takes exemplars again, too`() throws {
        let clocks = MovableClocks(), database = try Self.open(MemoryFileSystem(), clocks)
        func append(_ number: Int) throws -> ExemplarCounts {
            try database.append {
                let exemplar = Exemplar(labels: ["trace_id": "\(number)"], value: Double(number))
                $0.append(exemplar, at: Timestamp(milliseconds: clocks.now), to: ["__name__": "m"])
                $0.append(1, at: Timestamp(milliseconds: clocks.now), to: ["__name__": "m"])
            }.exemplars
        }
        clocks.now += Self.day
        #expect(try append(1).appended == 1)
        clocks.now -= Self.day
        #expect(try append(2).appended == 1)
        clocks.now -= 1000
        #expect(try append(3).outOfOrder == 1)
    }

    @Test func `commits of earlier versions are judged as they were`() {
        let context = FrameContext(wallClock: 1000, maxFutureMilliseconds: 600, windowMilliseconds: 7_200_000)
        let earlier = AcceptancePolicy(context)
        #expect(!earlier.forgivesFuture && earlier.context == context)
        #expect(earlier.earliest(newest: 90_000) == 90_000 - 7_200_000 && !earlier.takesAgain(900, before: 90_000))
        let current = AcceptancePolicy(wallClock: 1000, maximumFuture: 600, window: 7_200_000)
        #expect(AcceptancePolicy(current.context) == current)
        #expect(current.earliest(newest: 90_000) == 1000 - 7_200_000 && current.takesAgain(900, before: 90_000))
    }

    /// Random commits of one sample each while the clock jumps, with seals, restarts, kills and views in between: all
    /// that was accepted is there once, in order, the first of two at one time; what the clock says is now is always
    /// accepted.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `holds what it accepted, whatever the clock did`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed), disk = SimulatedFileSystem()
        let clocks = MovableClocks()
        var configuration = Self.configuration(clocks)
        configuration.durability = .durable
        configuration.checkpointLogByteLimit = 4000
        configuration.logSegmentByteLimit = 3000
        configuration.replayGroupByteLimit = 300
        var database = try Database(files: disk, path: "/data", configuration: configuration)
        var model: [Labels: [Int64: UInt64]] = [:]
        var views: [(view: ReadView, bits: [Labels: [UInt64]])] = []
        func bits() -> [Labels: [UInt64]] {
            model.mapValues { row in row.keys.sorted().flatMap { [UInt64(bitPattern: $0), row[$0]!] } }
        }
        for step in 0..<400 {
            clocks.pass(Int64(random.below(20_000)))
            if random.oneIn(40) {
                let jump = [Self.hour / 2, Self.day, -Self.day, 40 * Self.day, -40 * Self.day][random.below(5)]
                clocks.now += jump
            }
            let labels: Labels = ["__name__": "m\(random.below(3))"]
            let isNow = random.oneIn(2)
            let time = isNow ? clocks.now : clocks.now + Int64(random.below(900_000)) - 600_000
            let value = Double(step)
            let repeated = model[labels]?[time] != nil
            let summary = try Self.append(value, at: time, to: labels, database)
            // A sample a little ahead of the clock may have been accepted before: then it is the newest.
            let isBehindNewest = model[labels]?.keys.contains { $0 >= time && $0 <= clocks.now + 600_000 } ?? false
            if isNow, !isBehindNewest { #expect(summary.appended == 1) }
            if summary.appended == 1, !repeated { model[labels, default: [:]][time] = value.bitPattern }
            if random.oneIn(30) { views.append((database.readView(), bits())) }
            switch random.below(60) {
            case 0: try database.seal()
            case 1:
                try database.close()
                database = try Database(files: disk, path: "/data", configuration: configuration)
                views = []
            case 2:
                disk = disk.processEndImage()
                database = try Database(files: disk, path: "/data", configuration: configuration)
                views = []
            case 3: _ = try database.compact()
            case 4...9: database.maintain()
            default: break
            }
            if step % 20 == 0 {
                #expect(try `A database`.bits(`A database`.contents(database.readView())) == bits())
                for view in views { #expect(try `A database`.bits(`A database`.contents(view.view)) == view.bits) }
            }
        }
        #expect(try `A database`.bits(`A database`.contents(database.readView())) == bits())
    }
}

import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@Suite struct `Replay` {
    private struct Outcome: Equatable {
        var contents: [Labels: [UInt64]]
        var series: Int
        var newest: Int64?
        var verdicts: [[RejectionReason: Int]]
    }

    /// Enough series for three slabs, in any order; samples ahead of the clock, too old, late and repeated.
    private struct Source {
        var random: SeededGenerator
        let labels = (0..<2600).map { Labels([("__name__", "m\($0 % 7)"), ("n", "\($0)")]) }
        var now: Int64 = 1_700_000_000_000

        mutating func commit(to database: Database, _ clock: ReplayClock) throws -> [RejectionReason: Int] {
            now += Int64(random.below(60_000))
            clock.now = now
            let isWild = random.oneIn(5), first = random.below(labels.count), count = 1 + random.below(400)
            return try database.append { batch in
                for index in 0..<count {
                    let late = isWild && random.oneIn(3) ? Int64(random.below(400_000)) - 100_000 : 0
                    let series = labels[(first + (isWild ? random.below(labels.count) : index)) % labels.count]
                    let time = Timestamp(milliseconds: (now - late) / 1000 * 1000)
                    let value = Double(random.below(5))
                    if random.oneIn(900) {
                        batch.append(value, at: time, startedAt: Timestamp(milliseconds: 1), to: series)
                    } else {
                        batch.append(value, at: time, to: series)
                    }
                }
            }.rejections
        }
    }

    private static func configuration(
        _ groupByteLimit: Int, _ clock: ReplayClock, _ window: Duration
    ) -> Database.Configuration {
        var configuration = Database.Configuration()
        configuration.durability = .buffered
        configuration.runsMaintenance = false
        configuration.outOfOrderWindow = window
        configuration.maximumFuture = .seconds(60)
        configuration.replayGroupByteLimit = groupByteLimit
        configuration.checkpointLogByteLimit = 1 << 30
        configuration.openByteLimit = 1 << 30
        configuration.wallClock = { clock.now }
        return configuration
    }

    /// What is there, and what becomes of further commits.
    private static func outcome(_ database: Database, _ source: Source, _ clock: ReplayClock) throws -> Outcome {
        var source = source
        let contents = try `A database`.bits(`A database`.contents(database.readView()))
        let statistics = database.statistics
        let verdicts = try (0..<3).map { _ in try source.commit(to: database, clock) }
        return Outcome(
            contents: contents, series: statistics.series, newest: statistics.maxTime?.milliseconds, verdicts: verdicts)
    }

    /// Too old is what is older than the window, or without one, older than an hour.
    @Test(arguments: [1, 2, 3] as [UInt64], [.zero, .seconds(120)] as [Duration])
    func `by two threads gives what was there, whatever is replayed together`(
        seed: UInt64, window: Duration
    ) throws {
        let disk = SimulatedFileSystem(), clock = ReplayClock()
        var source = Source(random: SeededGenerator(seed: seed))
        let database = try Database(files: disk, path: "/data", configuration: Self.configuration(1, clock, window))
        var rejected: Set<RejectionReason> = []
        for step in 0..<60 {
            rejected.formUnion(try source.commit(to: database, clock).keys)
            // What is sealed before there is a checkpoint is replayed for the newest samples.
            if step == 10 { try database.seal() }
        }
        let isLate: RejectionReason = window == .zero ? .outOfOrder : .tooOld
        #expect(rejected.isSuperset(of: [isLate, .duplicateTimestamp, .tooFarInFuture]))
        let killed = disk.processEndImage()
        let expected = try Self.outcome(database, source, clock)
        for limit in [1, 700, 20_000, .max] {
            let reopened = try Database(
                files: killed.processEndImage(), path: "/data", configuration: Self.configuration(limit, clock, window))
            #expect(reopened.recovery.log.replayedCommits == 49)
            #expect(try Self.outcome(reopened, source, clock) == expected)
        }
    }
}

private final class ReplayClock: Sendable {
    private let time = Atomic<Int64>(0)
    var now: Int64 {
        get { time.load(ordering: .relaxed) }
        set { time.store(newValue, ordering: .relaxed) }
    }
}

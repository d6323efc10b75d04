import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBEngine

@Suite struct `Limits on groups of series` {
    private static let day: Duration = .seconds(86_400)

    private static func database(_ limits: [SeriesLimit], _ clock: ManualClock) -> Database {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.clock = .manual(clock)
        configuration.seriesLimits = limits
        return .inMemory(configuration)
    }

    private static func labels(_ job: String, _ pod: Int, _ more: [(String, String)] = []) -> Labels {
        Labels([("__name__", "m"), ("job", job), ("pod", "\(pod)")] + more)
    }

    private static func append(_ labels: [Labels], to database: Database, _ clock: ManualClock) throws -> CommitSummary
    {
        clock.advance(by: .seconds(1))
        return try database.append { batch in for labels in labels { batch.append(1, at: clock.now, to: labels) } }
    }

    @Test func `keep the series of one job out, and take those of others`() throws {
        let clock = ManualClock()
        let database = Self.database([SeriesLimit("job", by: ["job"], inMemory: 3)], clock)
        let all = (0..<5).map { Self.labels("a", $0) } + (0..<2).map { Self.labels("b", $0) }
        let summary = try Self.append(all, to: database, clock)
        #expect(summary.appended == 5 && summary.rejections == [.seriesGroupLimit: 2])
        #expect(try Self.append(all, to: database, clock).appended == 5, "known series are always taken")
        let statistics = database.seriesLimitStatistics()
        #expect(statistics.count == 1 && statistics[0].refusedInMemory == 4 && statistics[0].groups == 2)
        #expect(
            statistics[0].largest == [
                SeriesGroup(values: ["a"], inMemory: 3, today: 3), SeriesGroup(values: ["b"], inMemory: 2, today: 2),
            ])
        #expect(database.statistics.seriesLimits.map(\.refusedInMemory) == [4])
        #expect(database.statistics.rejectedSamples == [.seriesGroupLimit: 4])
        let byID = try database.append { batch in
            let id = batch.series(Self.labels("a", 9))
            batch.append(1, at: clock.now, to: id)
        }
        #expect(byID.rejections == [.seriesGroupLimit: 1])
    }

    @Test func `give room when series have left memory`() throws {
        let clock = ManualClock()
        let database = Self.database([SeriesLimit("job", by: ["job"], inMemory: 3)], clock)
        _ = try Self.append((0..<3).map { Self.labels("a", $0) }, to: database, clock)
        try database.seal()
        clock.advance(by: .seconds(1200))
        _ = try Self.append([Self.labels("a", 0)], to: database, clock)
        database.maintain()
        database.maintain()
        #expect(database.statistics.series == 1)
        #expect(try Self.append((3..<7).map { Self.labels("a", $0) }, to: database, clock).appended == 2)
        #expect(database.seriesLimitStatistics()[0].largest == [SeriesGroup(values: ["a"], inMemory: 3, today: 5)])
    }

    @Test func `do not count the series of a commit that was not made`() throws {
        struct Failure: Error {}
        let clock = ManualClock(), database = Self.database([SeriesLimit("new", perDay: 4)], clock)
        for _ in 0..<3 {
            #expect(throws: Failure.self) {
                try database.append { (batch: inout Batch) throws(Failure) in
                    for pod in 0..<4 { batch.append(1, at: clock.now, to: Self.labels("a", pod)) }
                    throw Failure()
                }
            }
        }
        let summary = try Self.append((0..<5).map { Self.labels("a", $0) }, to: database, clock)
        #expect(summary.appended == 4 && summary.rejections == [.dailySeriesLimit: 1])
    }

    @Test func `count new series by days`() throws {
        let clock = ManualClock(Timestamp(milliseconds: 1_700_006_400_000))
        let database = Self.database([SeriesLimit("new", perDay: 4)], clock)
        let summary = try Self.append((0..<6).map { Self.labels("a", $0) }, to: database, clock)
        #expect(summary.appended == 4 && summary.rejections == [.dailySeriesLimit: 2])
        #expect(database.seriesLimitStatistics()[0].refusedPerDay == 2)
        clock.advance(by: Self.day)
        #expect(try Self.append((0..<9).map { Self.labels("a", $0) }, to: database, clock).appended == 8)
        #expect(database.seriesLimitStatistics()[0].largest == [SeriesGroup(values: [], inMemory: 8, today: 4)])
    }

    @Test func `divide by several labels, and only where others match`() throws {
        let clock = ManualClock()
        let database = Self.database(
            [
                SeriesLimit("pods", by: ["namespace", "pod"], matching: ["job": "batch"], inMemory: 1),
                SeriesLimit("all", inMemory: 6), SeriesLimit("none of these", matching: ["job": "no"], inMemory: 0),
            ], clock)
        var all: [Labels] = []
        for job in ["batch", "other"] {
            for number in 0..<2 {
                for namespace in ["x", "y"] {
                    all.append(Self.labels(job, 1, [("namespace", namespace), ("z", "\(number)")]))
                }
            }
        }
        // Two of the batch's four, and all four others.
        let summary = try Self.append([Self.labels("no", 1)] + all + [Self.labels("other", 7)], to: database, clock)
        #expect(summary.appended == 6 && summary.rejections == [.seriesGroupLimit: 4])
        #expect(database.seriesLimitStatistics().map(\.refusedInMemory) == [2, 1, 1])
        #expect(Set(database.seriesLimitStatistics()[0].largest.map(\.values)) == [["x", "1"], ["y", "1"]])
    }

    @Test func `can be changed, and count what is in memory already`() throws {
        let clock = ManualClock()
        let database = Self.database([SeriesLimit("job", by: ["job"], inMemory: 2)], clock)
        _ = try Self.append((0..<5).map { Self.labels("a", $0) }, to: database, clock)
        database.setSeriesLimits([
            SeriesLimit("job", by: ["job"], inMemory: 3), SeriesLimit("pod", by: ["pod"], inMemory: 9),
        ])
        #expect(try Self.append((0..<5).map { Self.labels("a", $0) }, to: database, clock).appended == 3)
        let statistics = database.seriesLimitStatistics()
        #expect(statistics[0].refusedInMemory == 5 && statistics[0].largest[0].today == 3)
        #expect(statistics[1].groups == 3 && statistics[1].largest.allSatisfy { $0.inMemory == 1 })
        database.setSeriesLimits([])
        #expect(try Self.append((0..<5).map { Self.labels("a", $0) }, to: database, clock).appended == 5)
        #expect(database.seriesLimitStatistics().isEmpty)
    }

    @Test(arguments: [false, true])
    func `count what an opening brings back`(hasCheckpoint: Bool) throws {
        let files = SimulatedFileSystem()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.checkpointLogByteLimit = hasCheckpoint ? 1 : 1 << 30
        configuration.seriesLimits = [SeriesLimit("job", by: ["job"], inMemory: 3)]
        let clock = ManualClock()
        configuration.clock = .manual(clock)
        let first = try Database(files: files, path: "/data", configuration: configuration)
        _ = try Self.append((0..<2).map { Self.labels("a", $0) }, to: first, clock)
        first.maintain()
        let again = try Database(files: files.processEndImage(), path: "/data", configuration: configuration)
        #expect((again.recovery.checkpoint != nil) == hasCheckpoint)
        #expect(again.seriesLimitStatistics()[0].largest == [SeriesGroup(values: ["a"], inMemory: 2, today: 0)])
        #expect(try Self.append((0..<5).map { Self.labels("a", $0) }, to: again, clock).appended == 3)
        try again.close()
        try first.close()
    }

    /// However series come and go, the counts are those of the series in memory.
    @Test(arguments: 0..<10 as Range<UInt64>) func `agree with a plain count`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let clock = ManualClock()
        let limits = [
            SeriesLimit("job", by: ["job"], inMemory: 12), SeriesLimit("pod", by: ["pod", "job"], perDay: 1_000),
            SeriesLimit("all"),
        ]
        let database = Self.database(limits, clock)
        for round in 0..<80 {
            let all = (0..<8).map { _ in
                Self.labels(
                    ["a", "b", "c"].randomElement(using: &random)!, Int.random(in: 0..<5, using: &random),
                    [("x", "\(Int.random(in: 0..<4, using: &random))")])
            }
            _ = try Self.append(all, to: database, clock)
            if Int.random(in: 0..<4, using: &random) == 0 { try database.seal() }
            if Int.random(in: 0..<4, using: &random) == 0 { clock.advance(by: .seconds(900)) }
            if round % 20 == 19 { database.setSeriesLimits(Array(limits.shuffled(using: &random))) }
            database.maintain()
            let live = database.head.series.withLock { series in
                (0..<UInt32(series.slotLimit)).filter { series.isLive($0) }.map { series.labels(of: $0) }
            }
            for statistics in database.seriesLimitStatistics(largest: 1_000) {
                var expected: [[String]: Int] = [:]
                for labels in live { expected[statistics.limit.by.map { labels[$0] ?? "" }, default: 0] += 1 }
                var counted: [[String]: Int] = [:]
                for group in statistics.largest where group.inMemory > 0 { counted[group.values] = group.inMemory }
                #expect(counted == expected, "\(statistics.limit.name), round \(round)")
                if let most = statistics.limit.inMemory { #expect(expected.values.allSatisfy { $0 <= most }) }
            }
        }
    }
}

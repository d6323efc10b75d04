import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Log frames` {
    /// Writes the commits to one log and reads them back.
    func roundTrip(_ commits: [TestCommit]) throws -> [TestCommit] {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(segment: 1 << 20))
        for commit in commits { _ = try log.append(commit) }
        try log.writer.close()
        let reopened = try TestLog(disk)
        #expect(reopened.report.damage.isEmpty)
        #expect(reopened.report.cutTail == nil)
        #expect(reopened.orphans == 0)
        return reopened.replayed.sorted { $0.key < $1.key }.map(\.value.withoutDefinitions)
    }

    @Test func `Every kind of value comes back with its bits`() throws {
        var commit = TestCommit()
        for (index, value) in TestValues.edges.enumerated() { commit.add(UInt64(index), 1_700_000_000_000, value) }
        for (index, value) in TestValues.edges.reversed().enumerated() { commit.add(UInt64(index), 5, value) }
        #expect(try roundTrip([commit]) == [commit])
    }

    @Test(arguments: Array(0..<50 as Range<UInt64>)) func `Random commits come back whole`(seed: UInt64) throws {
        let commits = (0..<4).map { TestCommit.random(seed: seed * 4 + $0, series: 1000, samples: 200) }
        #expect(try roundTrip(commits) == commits)
    }

    @Test func `Extreme ids and times come back`() throws {
        var commit = TestCommit(
            context: FrameContext(
                wallClock: .min, maxFutureMilliseconds: 0, windowMilliseconds: -1, flags: .max))
        for (id, time) in [(UInt64.max, Int64.min), (0, .max), (1 << 63, 0), (1, -1), (2, .min), (3, .max)] {
            commit.add(id, time, 1)
        }
        #expect(try roundTrip([commit]) == [commit])
    }

    @Test func `A commit without samples is a commit`() throws {
        #expect(try roundTrip([TestCommit(), TestCommit()]) == [TestCommit(), TestCommit()])
    }

    @Test func `Definitions come back, shared parts and long values included`() throws {
        let disk = TestLog.disk()
        let labels: [Labels] = [
            [:], ["a": "b"], ["a": "bb"], ["a": "b", "c": "d"], ["a": "b", "c": "d"],
            ["__name__": "x", "le": String(repeating: "long", count: 200)],
            ["__name__": "x", "le": String(repeating: "long", count: 201)], ["z": "\u{1F600}"],
        ]
        let definitions = labels.enumerated().map {
            SeriesDefinition(id: UInt64.max - UInt64($0.offset * 7), labels: $0.element)
        }
        let (writer, _) = try LogRecovery<LoggedCommit>.recover(
            fileSystem: disk, directory: "wal", databaseID: 1, sealedThrough: 0
        ) { _ in }
        try writer.prepare(byteCount: 0)
        var encoded = EncodedCommit()
        encoded.define(definitions)
        _ = try writer.append(FrameContext(wallClock: 1), encoded.body)
        try writer.close()
        var found: [SeriesDefinition] = []
        _ = try LogRecovery<LoggedCommit>.recover(fileSystem: disk, directory: "wal", databaseID: 1, sealedThrough: 0) {
            frame in
            found = frame.definitions
        }
        #expect(found == definitions)
    }

    @Test func `A scrape of consecutive series costs few bytes`() throws {
        var encoded = EncodedCommit()
        let ids = (0..<1000).map { UInt64(5000 + $0) }
        let times = [Int64](repeating: 1_700_000_000_000, count: 1000)
        let values = (0..<1000).map { Double($0 % 200) }
        encoded.encode(ids: ids.span, times: times.span, values: values.span)
        #expect(encoded.body.byteCount < 1600)
        let (noIDs, noTimes, noValues) = ([UInt64](), [Int64](), [Double]())
        encoded.encode(ids: noIDs.span, times: noTimes.span, values: noValues.span)
        #expect(encoded.body.byteCount == 0)
    }
}

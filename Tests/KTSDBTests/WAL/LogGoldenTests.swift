import KTSDB
import KTSDBModel
import KTSDBTesting
import Testing

/// A segment of version 1 that every later version reads, and its description in FORMAT.md.
@Suite struct `The log's golden file` {
    static let databaseID: UInt64 = 0x0123_4567_89ab_cdef

    static let commits: [TestCommit] = {
        var first = TestCommit(
            context: FrameContext(
                wallClock: 1_700_000_000_500, maxFutureMilliseconds: 600_000, maxAgeMilliseconds: .max, flags: 1),
            definitions: [
                SeriesDefinition(id: 1, labels: ["__name__": "up", "job": "a"]),
                SeriesDefinition(
                    id: 2, labels: ["__name__": "up", "job": "b"], lastTime: 1_699_999_985_000,
                    lastBits: (0.25).bitPattern),
            ])
        first.add(1, 1_700_000_000_000, 1)
        first.add(2, 1_700_000_000_000, 0.5)
        var second = TestCommit(context: FrameContext(wallClock: 1_700_000_015_500))
        second.add(2, 1_700_000_015_000, .staleMarker)
        second.add(1, 1_700_000_015_001, 1.0 / 3)
        second.add(1, 1_700_000_015_002, 1.0 / 3)
        return [first, second]
    }()

    static func write(_ disk: SimulatedFileSystem) throws {
        let (writer, _) = try LogRecovery.recover(
            fileSystem: disk, directory: "wal", databaseID: databaseID, sealedThrough: 0
        ) { _ in }
        var samples = EncodedSamples()
        for commit in commits {
            let values = commit.bits.map { Double(bitPattern: $0) }
            samples.encode(ids: commit.ids.span, times: commit.times.span, values: values.span)
            try writer.prepare(byteCount: samples.byteCount)
            _ = try writer.append(commit.context, definitions: commit.definitions, samples: samples)
            if writer.lastSequence == 1 { try writer.waitUntilDurable(1) }
        }
        try writer.close()
    }

    @Test func `Today's writer gives its bytes, and FORMAT.md shows them`() throws {
        let disk = SimulatedFileSystem()
        try Self.write(disk)
        let written = disk.contents(of: "wal/0000000000000001.log")!
        #expect(try GoldenFile.bytes("log-v1.log", written: written) == written)
        #expect(try GoldenFile.example(under: "## 3.") == written)
    }

    @Test func `It is read as it was meant`() throws {
        let disk = SimulatedFileSystem()
        disk.setContents(of: "wal/0000000000000001.log", to: try GoldenFile.bytes("log-v1.log"))
        var found: [TestCommit] = []
        let (_, report) = try LogRecovery.recover(
            fileSystem: disk, directory: "wal", databaseID: Self.databaseID, sealedThrough: 0
        ) { found.append(TestCommit($0)) }
        #expect(found == Self.commits)
        #expect(report.damage.isEmpty)
        #expect(report.cutTail == nil)
    }
}

import KTSDB
import KTSDBModel
import KTSDBTesting
import Testing

/// The files of a checkpoint of version 1 that every later version reads, and their description in FORMAT.md.
@Suite struct `The golden checkpoint` {
    typealias Support = CheckpointTestSupport
    static let seriesPath = "/data/checkpoints/0000000000000001.series"
    static let samplesPath = "/data/checkpoints/0000000000000001.samples"

    /// The disk as it is when the process ends without closing the database.
    static func write() throws -> (disk: SimulatedFileSystem, contents: [Labels: [UInt64]]) {
        let disk = SimulatedFileSystem()
        _ = try Manifest.open(fileSystem: disk, directory: Support.path, databaseID: 0x0123_4567_89ab_cdef)
        let database = try Support.open(disk)
        let first: Labels = ["__name__": "up", "job": "a"], second: Labels = ["__name__": "up", "job": "b"]
        try database.append { batch in
            batch.append(1, at: Timestamp(milliseconds: 1_699_999_985_000), to: first)
            batch.append(0.5, at: Timestamp(milliseconds: 1_699_999_985_000), to: second)
        }
        try database.append { batch in batch.append(1, at: Timestamp(milliseconds: 1_700_000_000_000), to: first) }
        database.maintain()
        return (disk.processEndImage(), try Support.contents(database))
    }

    @Test func `Today's writer gives its bytes, and FORMAT.md shows them`() throws {
        let (disk, _) = try Self.write()
        let series = disk.contents(of: Self.seriesPath)!, samples = disk.contents(of: Self.samplesPath)!
        #expect(try GoldenFile.bytes("checkpoint-v1.series", written: series) == series)
        #expect(try GoldenFile.bytes("checkpoint-v1.samples", written: samples) == samples)
        #expect(try GoldenFile.example(under: "### The file of series") == series)
        #expect(try GoldenFile.example(under: "### The file of samples") == samples)
    }

    @Test func `It is read as it was meant`() throws {
        let (disk, expected) = try Self.write()
        disk.setContents(of: Self.seriesPath, to: try GoldenFile.bytes("checkpoint-v1.series"))
        disk.setContents(of: Self.samplesPath, to: try GoldenFile.bytes("checkpoint-v1.samples"))
        let database = try Support.open(disk.processEndImage())
        #expect(database.recovery.damagedCheckpoints.isEmpty)
        #expect(
            database.recovery.checkpoint?.description
                == "Checkpoint 1 with 2 series and 3 samples was loaded, up to commit 2.")
        #expect(database.recovery.log.replayedCommits == 0)
        #expect(try Support.contents(database) == expected)
    }
}

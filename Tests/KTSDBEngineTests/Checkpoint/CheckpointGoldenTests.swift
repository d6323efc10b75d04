import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// The files of a checkpoint that every later version reads, and their description in FORMAT.md.
@Suite struct `The golden checkpoint` {
    typealias Support = CheckpointTestSupport
    static let seriesPath = "/data/checkpoints/0000000000000001.series"
    static let samplesPath = "/data/checkpoints/0000000000000001.samples"

    /// A histogram that has been counting since the first sample.
    static func histogram(_ count: Double) -> Histogram {
        Histogram(
            schema: 3, count: 3 * count, sum: 0.5, positive: HistogramBuckets(offset: -2, counts: [count, 2 * count]))
    }

    /// The disk as it is when the process ends without closing the database.
    static func write() throws -> (disk: SimulatedFileSystem, contents: [Labels: [UInt64]]) {
        let disk = SimulatedFileSystem()
        _ = try Manifest.open(fileSystem: disk, directory: Support.path, databaseID: 0x0123_4567_89ab_cdef)
        let database = try Support.open(disk)
        let first: Labels = ["__name__": "up", "job": "a"], second: Labels = ["__name__": "up", "job": "b"]
        let third: Labels = ["__name__": "latency", "job": "a"]
        let start = Timestamp(milliseconds: 1_699_999_985_000), end = Timestamp(milliseconds: 1_700_000_000_000)
        try database.append { batch in
            batch.append(1, at: start, to: first)
            batch.append(0.5, at: start, to: second)
            batch.append(histogram(1), at: start, startedAt: start, to: third)
        }
        try database.append { batch in
            batch.append(1, at: end, to: first)
            batch.append(histogram(4), at: end, startedAt: start, to: third)
        }
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
        let (_, expected) = try Self.write()
        let series = try GoldenFile.bytes("checkpoint-v1.series")
        let samples = try GoldenFile.bytes("checkpoint-v1.samples")
        func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        let disk = SimulatedFileSystem()
        let manifest = try Manifest.open(
            fileSystem: disk, directory: Support.path, databaseID: 0x0123_4567_89ab_cdef)
        let record = CheckpointRecord(
            number: 1, sequence: 2, seriesFile: 1, seriesByteCount: UInt64(series.count),
            samplesByteCount: UInt64(samples.count), seriesChecksum: checksum(series),
            samplesChecksum: checksum(samples))
        try manifest.commit(ManifestEdit(nextSeriesID: 4, addedCheckpoints: [record]))
        disk.setContents(of: Self.seriesPath, to: series)
        disk.setContents(of: Self.samplesPath, to: samples)
        let database = try Support.open(disk.processEndImage())
        #expect(database.recovery.damagedCheckpoints.isEmpty)
        #expect(
            database.recovery.checkpoint?.description
                == "Checkpoint 1 with 3 series and 5 samples was loaded, up to commit 2.")
        #expect(database.recovery.log.replayedCommits == 0)
        #expect(try Support.contents(database) == expected)
        let found = try database.readView().series(
            matching: .name("latency"), in: Timestamp(milliseconds: 0)...Timestamp(milliseconds: .max))
        #expect(try found[0].samples().histograms.map(\.histogram) == [Self.histogram(1), Self.histogram(4)])
    }
}

import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

/// The segment that every later version reads, and its description in FORMAT.md.
@Suite struct `The log's golden file` {
    static let name = "log-v1.log"

    static let databaseID: UInt64 = 0x0123_4567_89ab_cdef

    static let commits: [TestCommit] = {
        var first = TestCommit(
            context: FrameContext(
                wallClock: 1_700_000_000_500, maxFutureMilliseconds: 600_000, windowMilliseconds: .max, flags: 1),
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

    /// A histogram whose counting began at a known time.
    static let histogram = Histogram(
        schema: 3, zeroThreshold: 0.001, zeroCount: 1, count: 8, sum: 2.5,
        positive: HistogramBuckets(
            spans: [HistogramSpan(offset: -2, length: 2), HistogramSpan(offset: 1, length: 1)], counts: [4, 1, 2]))
    static let histogramCommit: TestCommit = {
        var commit = TestCommit(
            context: FrameContext(wallClock: 1_700_000_030_500),
            definitions: [SeriesDefinition(id: 3, labels: ["__name__": "latency", "job": "a"])])
        commit.add(1, 1_700_000_030_000, 1)
        commit.add(3, 1_700_000_030_000, Double(bitPattern: histogram.digest))
        return commit
    }()

    /// An exemplar that has a time of its own, one that has none, what metrics are, and changes of records.
    static let sideData: CommitSideData = {
        var sideData = CommitSideData()
        sideData.newestSample = 1_700_000_030_000
        for (id, ownsTime) in [(1, true), (3, false)] as [(UInt64, Bool)] {
            let labels = (["trace_id": "4bf92f35\(id)"] as Labels).stringForm
            sideData.exemplars.append(
                slot: .max, number: id, time: 1_700_000_030_000 - (ownsTime ? 250 : 0), value: 0.5 * Double(id),
                ownsTime: ownsTime, labels: labels.span)
        }
        sideData.metadata = [
            "latency": MetricMetadata(type: "histogram", help: "Time to serve.", unit: "seconds"),
            "up": MetricMetadata(type: "gauge", help: "Is it up?"),
        ]
        sideData.records.set("cpu/HighLoad", Array("firing".utf8), in: "alerts")
        sideData.records.set("cpu/LowLoad", nil, in: "alerts")
        return sideData
    }()
    static let sideDataCommit: TestCommit = {
        var commit = TestCommit(context: FrameContext(wallClock: 1_700_000_030_600))
        commit.add(1, 1_700_000_030_600, 1)
        return commit
    }()

    static func write(_ disk: SimulatedFileSystem) throws {
        let (writer, _) = try LogRecovery<LoggedCommit>.recover(
            fileSystem: disk, directory: "wal", databaseID: databaseID, sealedThrough: 0
        ) { _ in }
        var samples = EncodedCommit()
        for commit in commits + [histogramCommit, sideDataCommit] {
            let values = commit.bits.map { Double(bitPattern: $0) }
            var details = SampleDetails()
            if commit == histogramCommit {
                details.histograms.append(histogram, row: 1)
                details.note(start: 1_700_000_000_000, row: 1)
            }
            samples.encode(
                ids: commit.ids.span, times: commit.times.span, values: values.span, details: details,
                sideData: commit == sideDataCommit ? sideData : CommitSideData())
            try writer.prepare(byteCount: samples.body.byteCount)
            samples.define(commit.definitions)
            _ = try writer.append(commit.context, samples.body)
            if writer.lastSequence == 1 { try writer.waitUntilDurable(1) }
        }
        try writer.close()
    }

    @Test func `Today's writer gives its bytes, and FORMAT.md shows them`() throws {
        let disk = SimulatedFileSystem()
        try Self.write(disk)
        let written = disk.contents(of: "wal/0000000000000001.log")!
        #expect(try GoldenFile.bytes(Self.name, written: written) == written)
        #expect(try GoldenFile.example(under: "## 3.") == written)
    }

    @Test func `It is read as it was meant`() throws {
        let disk = SimulatedFileSystem()
        disk.setContents(of: "wal/0000000000000001.log", to: try GoldenFile.bytes(Self.name))
        var found: [TestCommit] = []
        var details: [SampleDetails] = [], sideData: [CommitSideData] = []
        let (_, report) = try LogRecovery<LoggedCommit>.recover(
            fileSystem: disk, directory: "wal", databaseID: Self.databaseID, sealedThrough: 0
        ) { frame in
            found.append(TestCommit(frame))
            if !frame.details.isEmpty { details.append(frame.details) }
            if !frame.sideData.isEmpty { sideData.append(frame.sideData) }
        }
        #expect(found == Self.commits + [Self.histogramCommit, Self.sideDataCommit])
        try #require(sideData.count == 1 && details.count == 1)
        #expect(`Exemplars and metadata as bytes`.isEqual(sideData[0].exemplars, Self.sideData.exemplars))
        #expect(sideData[0].newestSample == Self.sideData.newestSample)
        #expect(sideData[0].metadata == Self.sideData.metadata && sideData[0].records == Self.sideData.records)
        #expect(details[0].starts == [0, 1_700_000_000_000])
        #expect(details[0].histograms.rows == [1] && details[0].histograms.values[0].words == Self.histogram.words)
        #expect(report.damage.isEmpty)
        #expect(report.cutTail == nil)
    }
}

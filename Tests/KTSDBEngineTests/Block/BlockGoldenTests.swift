import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

/// The block whose bytes FORMAT.md explains; every later version must be able to open it.
@Suite("The golden block")
struct BlockGoldenTests {
    private static let name = "block-v1.block"

    /// Floats, the buckets of a classic histogram of which the largest is equal to the one before it, and two native
    /// histograms that have been counting since 500, and the end of their series.
    private static let model: BlockModel = {
        var model = BlockModel()
        func add(_ labels: Labels, _ times: [Int64], _ values: [Double]) {
            model.series.append(
                .init(labels: labels, fingerprint: labels.fingerprint, times: times, values: values.map(\.bitPattern)))
        }
        let regular: [Int64] = [1000, 2000, 3000, 4000], irregular: [Int64] = [1000, 2001, 3000, 4000]
        add(["__name__": "up", "job": "a"], regular, [1, 1, 1, 1])
        add(["__name__": "up", "job": "b"], regular, [1, 1, 0, .staleMarker])
        add(["__name__": "temperature", "job": "b", "room": "kitchen"], irregular, [21.5, 21.5, 21.25, 22])
        add(["__name__": "humidity", "job": "b", "room": "kitchen"], Array(irregular.dropFirst()), [40, 41, 41])
        for (bound, values) in [("0.1", [5.0, 7, 9, 20]), ("1", [5, 8, 11, 23]), ("+Inf", [5, 8, 11, 23])] {
            add(["__name__": "d_bucket", "le": bound], regular, values)
        }
        let labels: Labels = ["__name__": "latency", "job": "a"]
        model.series.append(
            .init(
                labels: labels, fingerprint: labels.fingerprint, times: [1000, 2000, 3000],
                values: [0, 0, Double.staleMarker.bitPattern],
                histograms: [
                    0: Histogram(
                        schema: 3, count: 3, sum: 0.5, positive: HistogramBuckets(offset: -2, counts: [1, 2])),
                    1: Histogram(
                        counterResetHint: .notReset, schema: 3, count: 12, sum: 2,
                        positive: HistogramBuckets(offset: -2, counts: [4, 8])),
                ], starts: [500, 500, 0]))
        return model
    }()

    /// Exemplars of one series, one before all samples, and what two metrics are; a third has no
    /// series.
    private static let exemplars: [StoredExemplar] = ([(-60_500, 5), (1_500, 8)] as [(Int64, Double)]).map {
        time, value in
        let labels = (["trace_id": "4bf92f35\(Int(value))"] as Labels).stringForm
        return StoredExemplar(time: time, value: value, labels: labels)
    }
    private static let bucket: Labels = ["__name__": "d_bucket", "le": "1"]
    private static let metadata = [
        "d": MetricMetadata(type: "histogram", help: "Durations.", unit: "seconds"),
        "up": MetricMetadata(type: "gauge", help: "Is it up?"), "gone": MetricMetadata(type: "gauge"),
    ]

    /// Where the samples came from.
    private static let origin = BlockOrigin(.seal(after: 90, blocks: [7]), nextSeriesID: 12)

    @Test("it opens and holds what it should")
    func opens() throws {
        let model = Self.model
        let bytes = try GoldenFile.bytes(Self.name)
        let footer = bytes.count - 84
        func integer(_ offset: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[footer + offset + $1]) << UInt64(8 * $1) }
        }
        let summary = BlockSummary(
            number: 7, lastSequence: 99, level: 0, minTime: 1000, maxTime: 4000, byteCount: UInt64(bytes.count),
            seriesCount: UInt64(model.series.count),
            sampleCount: UInt64(model.series.reduce(0) { $0 + $1.times.count }),
            checksum: UInt32(truncatingIfNeeded: integer(76) >> 32))
        let block = try BlockBytes(bytes, summary).open().result.get()
        try block.verify()
        for (number, series) in model.canonical.enumerated() {
            #expect(try block.labels(of: UInt32(number)) == series.labels)
            let decoded = try decode(block, UInt32(number))
            #expect(decoded.times == series.times && decoded.values == series.values)
            var columns = SampleColumns()
            try block.decode(UInt32(number), in: .min ... .max, into: &columns)
            #expect(columns.histograms.rows.map(Int.init) == series.histograms.keys.sorted())
            #expect(
                columns.histograms.values.map { RichValue($0) }
                    == series.histograms.sorted { $0.key < $1.key }.map { RichValue($0.value) })
            #expect((0..<columns.startTimes.count).map { columns.startTimes[$0] } == series.starts)
        }
        #expect(try block.series(matching: [.equal("room", ""), .name("up")]).count == 2)
        let found = try block.exemplars(of: Array(0..<UInt32(block.seriesCount)), in: .min ... .max)
        let metadata = try block.metadata()
        #expect(try block.origin() == Self.origin)
        #expect(found.count == 1 && found[0].exemplars == Self.exemplars)
        #expect(try block.labels(of: found[0].series) == Self.bucket)
        #expect(metadata.count == 2 && metadata["d"] == Self.metadata["d"] && metadata["up"] == Self.metadata["up"])
    }

    @Test("today's writer gives its bytes, and FORMAT.md shows them")
    func writes() throws {
        let fileSystem = MemoryFileSystem()
        var model = Self.model
        model.exemplars = (Self.bucket, Self.exemplars)
        model.metadata = Self.metadata
        model.origin = Self.origin
        _ = try model.write(to: fileSystem)
        let written = try fileSystem.open("block").readAll()
        #expect(try GoldenFile.bytes(Self.name, written: written) == written)
        #expect(try GoldenFile.example(under: "## 5.") == written)
    }
}

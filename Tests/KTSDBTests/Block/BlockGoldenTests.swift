import KTSDB
import KTSDBModel
import KTSDBTesting
import Testing

/// The block whose bytes FORMAT.md explains; every later version must be able to open it.
@Suite("The golden block")
struct BlockGoldenTests {
    private static let name = "block-v1.block"

    private let model: BlockModel = {
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
        return model
    }()

    @Test("the golden block opens and holds what it should")
    func opens() throws {
        let bytes = try GoldenFile.bytes(Self.name)
        let footer = bytes.count - 84
        func integer(_ offset: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[footer + offset + $1]) << UInt64(8 * $1) }
        }
        let summary = BlockSummary(
            number: 7, generation: 99, level: 0, minTime: 1000, maxTime: 4000, byteCount: UInt64(bytes.count),
            seriesCount: 4, sampleCount: 15, footerCRC: UInt32(truncatingIfNeeded: integer(76) >> 32))
        let block = try BlockBytes(bytes, summary).open().result.get()
        try block.verify()
        for (number, series) in model.canonical.enumerated() {
            #expect(try block.labels(of: UInt32(number)) == series.labels)
            let decoded = try decode(block, UInt32(number))
            #expect(decoded.times == series.times && decoded.values == series.values)
        }
        #expect(try block.series(matching: [.equal("room", "")]).count == 2)
    }

    @Test("today's writer gives its bytes, and FORMAT.md shows them")
    func writes() throws {
        let fileSystem = MemoryFileSystem()
        _ = try model.write(to: fileSystem)
        let written = try fileSystem.open("block").readAll()
        #expect(try GoldenFile.bytes(Self.name, written: written) == written)
        #expect(try GoldenFile.example(under: "## 5.") == written)
    }
}

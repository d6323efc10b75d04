import KTSDBEngine
import KTSDBTesting
import Testing

/// A MANIFEST of version 1 that every later version reads, and its description in FORMAT.md.
@Suite struct `The MANIFEST's golden file` {
    static let block = BlockSummary(
        number: 1, lastSequence: 2, level: 0, minTime: 1_700_000_000_000, maxTime: 1_700_000_015_002, byteCount: 4096,
        seriesCount: 2, sampleCount: 5, checksum: 0xdead_beef)

    static func write(_ disk: SimulatedFileSystem) throws -> ManifestState {
        let manifest = try Manifest.open(fileSystem: disk, directory: "data", databaseID: 0x0123_4567_89ab_cdef)
        try manifest.commit(ManifestEdit(nextSeriesID: 3, sealedThrough: 2, added: [block]))
        return manifest.state
    }

    @Test func `Today's writer gives its bytes, and FORMAT.md shows them`() throws {
        let disk = SimulatedFileSystem()
        _ = try Self.write(disk)
        let written = disk.contents(of: "data/MANIFEST")!
        #expect(try GoldenFile.bytes("manifest-v1", written: written) == written)
        #expect(try GoldenFile.example(under: "## 4.") == written)
    }

    @Test func `It is read as it was meant`() throws {
        let disk = SimulatedFileSystem()
        disk.setContents(of: "data/MANIFEST", to: try GoldenFile.bytes("manifest-v1"))
        let state = try Manifest.open(fileSystem: disk, directory: "data").state
        #expect(state.databaseID == 0x0123_4567_89ab_cdef)
        #expect(state.blocks == [Self.block])
        #expect(state.nextSeriesID == 3)
        #expect(state.sealedThrough == 2)
        #expect(state.nextBlockNumber == 2)
    }
}

import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Cached pages` {
    private static let pageLimit = 1 << 14

    /// Blocks 1 and 2, with different samples and a cache that they share.
    private func blocks(_ cache: PageCache) throws -> [(model: BlockModel, block: Block)] {
        let fileSystem = MemoryFileSystem()
        return try [UInt64(1), 2].map { number in
            let model = BlockModel(seed: number, count: 150, maximumRows: 300)
            let summary = try model.write(to: fileSystem, "block-\(number)", number: number)
            let block = try Block.open(
                fileSystem: fileSystem, path: "block-\(number)", summary: summary, pages: cache)
            return (model, block)
        }
    }

    @Test(arguments: [0, 8 * pageLimit, 24 * pageLimit, 1 << 24])
    func `whatever is kept, series are what was written, and no more is kept than may be`(limit: Int) throws {
        let cache = PageCache(byteLimit: limit)
        let stored = try blocks(cache)
        var random = SeededGenerator(seed: UInt64(limit))
        let expected = stored.map { $0.model.canonical }
        for _ in 0..<2_000 {
            let place = Int.random(in: 0...1, using: &random)
            let series = Int.random(in: expected[place].indices, using: &random)
            let decoded = try decode(stored[place].block, UInt32(series))
            #expect(decoded.values == expected[place][series].values)
            #expect(cache.byteCount <= limit)
        }
        #expect((cache.byteCount > 0) == (limit > 0))
    }

    @Test func `a block takes its pages along`() throws {
        let cache = PageCache(byteLimit: 1 << 24)
        var stored = try blocks(cache)
        for (model, block) in stored {
            for series in model.canonical.indices { _ = try decode(block, UInt32(series)) }
        }
        let both = cache.byteCount
        stored.removeLast()
        #expect(cache.byteCount > 0 && cache.byteCount < both)
        stored[0].block.releaseMemory()
        #expect(cache.byteCount == 0)
    }

    @Test func `a page that was checked once is not read again`() throws {
        let fileSystem = SimulatedFileSystem()
        let model = BlockModel(seed: 3, count: 40, maximumRows: 100)
        let summary = try model.write(to: fileSystem, "/block")
        let block = try Block.open(
            fileSystem: fileSystem, path: "/block", summary: summary, pages: PageCache(byteLimit: 1 << 20))
        let expected = model.canonical
        for series in expected.indices { _ = try decode(block, UInt32(series)) }
        let bytes = BlockBytes(fileSystem.contents(of: "/block")!, summary)
        for page in bytes.pages { fileSystem.flipBit("/block", byte: page.lowerBound, bit: 0) }
        for (number, series) in expected.enumerated() {
            #expect(try decode(block, UInt32(number)).values == series.values)
        }
        block.releaseMemory()
        #expect(throws: ReadError.self) {
            for series in expected.indices { _ = try decode(block, UInt32(series)) }
        }
    }
}

import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// The checksums of single bytes, one bit after another.
private let byteSums: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0x82f6_3b78 : 0) }
}

/// CRC-32C, one byte after another.
private func naiveCRC32C(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let sums = byteSums
    var sum = UInt32.max
    for byte in bytes { sum = sum >> 8 ^ sums[Int((sum ^ UInt32(byte)) & 255)] }
    return ~sum
}

/// The bytes of a block, taken apart as FORMAT.md describes it, to be changed and put together with fitting checksums.
struct BlockBytes {
    var bytes: [UInt8]
    var summary: BlockSummary
    private var footer: Int { bytes.count - 84 }

    init(_ bytes: [UInt8], _ summary: BlockSummary) {
        self.bytes = bytes
        self.summary = summary
    }

    func integer(_ offset: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(truncatingIfNeeded: UInt64(bytes[offset + $1]) << UInt64(8 * $1)) }
    }

    private mutating func set(_ offset: Int, _ value: UInt32) {
        for index in 0..<4 { bytes[offset + index] = UInt8(value >> UInt32(8 * index) & 255) }
    }

    /// The places of the sections, by number.
    var sections: [Range<Int>] {
        let table = integer(footer + 56, 8)
        return (0..<12).map { index in
            let offset = integer(table + index * 24 + 8, 8)
            return offset..<(offset + integer(table + index * 24 + 16, 8))
        }
    }

    /// The places of the pages, by number.
    var pages: [Range<Int>] {
        sections[0].lowerBound == sections[0].upperBound
            ? []
            : stride(from: sections[0].lowerBound, to: sections[0].upperBound, by: 16).map {
                integer($0, 8)..<(integer($0, 8) + integer($0 + 8, 4))
            }
    }

    /// Makes all checksums fit the bytes again.
    mutating func reseal(pages: [Range<Int>], sections: [Range<Int>]) {
        for (number, page) in pages.enumerated() where sections[0].count >= number * 16 + 16 {
            set(sections[0].lowerBound + number * 16 + 12, naiveCRC32C(bytes[page]))
        }
        var sums = sections[11].lowerBound
        for section in sections.dropLast() {
            for start in stride(from: section.lowerBound, to: section.upperBound, by: 4096) {
                set(sums, naiveCRC32C(bytes[start..<min(start + 4096, section.upperBound)]))
                sums += 4
            }
        }
        let table = sections[11].upperBound
        for (index, section) in sections.enumerated() { set(table + index * 24 + 4, naiveCRC32C(bytes[section])) }
        set(footer + 64, naiveCRC32C(bytes[table..<footer]))
        summary.checksum = naiveCRC32C(bytes[footer..<(footer + 80)])
        set(footer + 80, summary.checksum)
    }

    /// A file system with the block, and the block if it can be opened.
    func open() -> (fileSystem: SimulatedFileSystem, result: Result<Block, ReadError>) {
        let fileSystem = SimulatedFileSystem()
        fileSystem.setContents(of: "/block", to: bytes)
        let result = Result { () throws(ReadError) in
            try Block.open(fileSystem: fileSystem, path: "/block", summary: summary)
        }
        return (fileSystem, result)
    }
}

/// Reads everything in every way; what comes does not matter, only that it comes or throws a report of damage.
private func readAll(_ block: Block, _ generator: inout LabelGenerator) {
    func report(_ body: () throws -> Void) {
        do { try body() } catch {
            guard case ReadError.damaged(path: "/block", let detail) = error, !detail.isEmpty else {
                Issue.record("not a report of damage: \(error)")
                return
            }
        }
    }
    report { try block.verify() }
    for series in 0..<UInt32(min(block.seriesCount, 20)) {
        report { _ = try block.labels(of: series) }
        report { _ = try block.fingerprint(of: series) }
        report { _ = try decode(block, series) }
        report { _ = try decode(block, series, in: 0...1 << 40) }
    }
    report { _ = try block.labelNames() }
    for name in LabelGenerator.names.prefix(4) { report { _ = try block.labelValues(of: name) } }
    for _ in 0..<6 {
        report {
            let matchers = [try generator.matcher(), try generator.matcher()]
            _ = try block.series(matching: matchers)
            _ = try block.labelNames(matching: matchers)
            _ = try block.labelValues(of: "instance", matching: matchers)
        }
    }
}

@Suite("Damaged blocks")
struct BlockDamageTests {
    private func blockBytes(seed: UInt64, count: Int, maximumRows: Int) throws -> (BlockBytes, BlockModel) {
        let fileSystem = SimulatedFileSystem()
        let model = BlockModel(seed: seed, count: count, maximumRows: maximumRows)
        let summary = try model.write(to: fileSystem, "/block")
        return (BlockBytes(fileSystem.contents(of: "/block")!, summary), model)
    }

    @Test(
        "any flipped bit is found by verify, and reading gives what was written or a report",
        arguments: 0..<2 as Range<UInt64>)
    func flippedBits(seed: UInt64) throws {
        let (original, model) = try blockBytes(seed: seed, count: 6, maximumRows: 40)
        let series = model.canonical
        var random = SeededGenerator(seed: seed)
        for position in original.bytes.indices {
            var damaged = original
            damaged.bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            guard case .success(let block) = damaged.open().result else { continue }
            #expect(throws: ReadError.self, "byte \(position)") { try block.verify() }
            for number in series.indices {
                if let decoded = try? decode(block, UInt32(number)) {
                    #expect(decoded.times == series[number].times && decoded.values == series[number].values)
                }
                if let labels = try? block.labels(of: UInt32(number)) { #expect(labels == series[number].labels) }
            }
        }
    }

    @Test("a block that is cut short or goes on is not opened")
    func truncation() throws {
        let (original, _) = try blockBytes(seed: 1, count: 3, maximumRows: 20)
        for count in [0, 1, 31, 84, 116, original.bytes.count - 1] {
            var damaged = original
            damaged.bytes = Array(original.bytes.prefix(count))
            #expect(throws: ReadError.self) { _ = try damaged.open().result.get() }
            damaged.summary.byteCount = UInt64(count)
            #expect(throws: ReadError.self) { _ = try damaged.open().result.get() }
        }
        var longer = original
        longer.bytes.append(0)
        #expect(throws: ReadError.self) { _ = try longer.open().result.get() }
    }

    @Test("a block is only opened as the one that the MANIFEST names")
    func otherSummary() throws {
        let (original, _) = try blockBytes(seed: 2, count: 3, maximumRows: 20)
        let changes: [(inout BlockSummary) -> Void] = [
            { $0.number ^= 1 }, { $0.lastSequence ^= 1 }, { $0.level ^= 1 }, { $0.minTime ^= 1 }, { $0.maxTime ^= 1 },
            { $0.seriesCount ^= 1 }, { $0.sampleCount ^= 1 }, { $0.checksum ^= 1 },
        ]
        for change in changes {
            var other = original
            change(&other.summary)
            #expect(throws: ReadError.damaged(path: "/block", detail: "it is another block than the MANIFEST names")) {
                _ = try other.open().result.get()
            }
        }
        #expect(throws: ReadError.file(path: "/nothing", operation: "open", code: 2)) {
            _ = try Block.open(fileSystem: SimulatedFileSystem(), path: "/nothing", summary: original.summary)
        }
    }

    @Test("bytes with fitting checksums that no writer writes do not trap a reader", arguments: 0..<30 as Range<UInt64>)
    func hostileBytes(seed: UInt64) throws {
        let (original, _) = try blockBytes(seed: seed, count: [4, 40, 150][Int(seed % 3)], maximumRows: 60)
        var generator = LabelGenerator(seed: seed)
        let pages = original.pages, sections = original.sections
        let places = (pages + sections.dropLast()).filter { !$0.isEmpty }
        for _ in 0..<25 {
            var damaged = original
            for _ in 0..<Int.random(in: 1...3, using: &generator.random) {
                let place = places.randomElement(using: &generator.random)!
                let position = Int.random(in: place, using: &generator.random)
                switch Int.random(in: 0..<3, using: &generator.random) {
                case 0: damaged.bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator.random)
                case 1: damaged.bytes[position] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator.random)!
                default:
                    for index in position..<min(position + 9, place.upperBound) { damaged.bytes[index] = 0xff }
                }
            }
            damaged.reseal(pages: pages, sections: sections)
            if case .success(let block) = damaged.open().result { readAll(block, &generator) }
        }
    }

    @Test("section tables and footers with fitting checksums that no writer writes do not trap a reader")
    func hostileTables() throws {
        let (original, _) = try blockBytes(seed: 5, count: 20, maximumRows: 60)
        var generator = LabelGenerator(seed: 5)
        let table = original.sections[11].upperBound, footer = original.bytes.count - 84
        for position in table..<(footer + 80) {
            for value in [0, 0xff] as [UInt8] {
                var damaged = original
                damaged.bytes[position] = value
                let tableSum = naiveCRC32C(damaged.bytes[table..<footer])
                for index in 0..<4 where position < footer {
                    damaged.bytes[footer + 64 + index] = UInt8(tableSum >> UInt32(8 * index) & 255)
                }
                damaged.summary.checksum = naiveCRC32C(damaged.bytes[footer..<(footer + 80)])
                for index in 0..<4 {
                    damaged.bytes[footer + 80 + index] = UInt8(damaged.summary.checksum >> UInt32(8 * index) & 255)
                }
                damaged.summary.seriesCount = UInt64(bitPattern: Int64(damaged.integer(footer + 32, 8)))
                damaged.summary.sampleCount = UInt64(bitPattern: Int64(damaged.integer(footer + 40, 8)))
                if case .success(let block) = damaged.open().result { readAll(block, &generator) }
            }
        }
    }

    @Test("bits that flip behind the back of a reader do not trap it", arguments: 0..<6 as Range<UInt64>)
    func flipsAfterChecking(seed: UInt64) throws {
        let (original, _) = try blockBytes(seed: seed, count: 60, maximumRows: 30)
        var generator = LabelGenerator(seed: seed)
        let (fileSystem, result) = original.open()
        let block = try result.get()
        readAll(block, &generator)
        for _ in 0..<40 {
            let byte = Int.random(in: original.sections[0].lowerBound..<original.bytes.count, using: &generator.random)
            fileSystem.flipBit("/block", byte: byte, bit: Int.random(in: 0..<8, using: &generator.random))
            readAll(block, &generator)
            block.releaseMemory()
        }
    }

    @Test("times that many series share are read from their copy when their page is damaged")
    func copies() throws {
        var model = BlockModel()
        var samples = SampleGenerator(seed: 8)
        let times = (0..<300).map { Int64($0) * 15_000 + Int64.random(in: 0...7, using: &samples.random) }
        for number in 0..<10 {
            let labels: Labels = ["n": "\(number)"]
            model.series.append(
                .init(labels: labels, fingerprint: labels.fingerprint, times: times, values: samples.values(300)))
        }
        let fileSystem = SimulatedFileSystem()
        let summary = try model.write(to: fileSystem, "/block")
        var bytes = BlockBytes(fileSystem.contents(of: "/block")!, summary)
        #expect(bytes.sections[1].count == 16)
        let page = bytes.pages[bytes.integer(bytes.sections[1].lowerBound, 8)]
        bytes.bytes[page.lowerBound + 9] ^= 4
        let block = try bytes.open().result.get()
        for (number, series) in model.canonical.enumerated() {
            #expect(try decode(block, UInt32(number)).times == series.times)
        }
        #expect(throws: ReadError.self) { try block.verify() }
    }
}

@Suite("Writing blocks on a failing disk")
struct BlockWriterFaultTests {
    @Test(
        "whatever call fails, the error is thrown and no file stays",
        arguments: [DiskFault.error(5), .shortWrite(100), .failedSync])
    func failures(fault: DiskFault) throws {
        let model = BlockModel(seed: 1, count: 200, maximumRows: 1500)
        let plain = SimulatedFileSystem()
        let expected = try model.write(to: plain, "/block")
        #expect(plain.callCount > 5)
        var failureCount = 0
        for call in 0..<plain.callCount {
            let fileSystem = SimulatedFileSystem()
            fileSystem.inject(fault, atCall: call)
            do {
                #expect(try model.write(to: fileSystem, "/block") == expected)
                #expect(fileSystem.contents(of: "/block") == plain.contents(of: "/block"))
            } catch {
                failureCount += 1
                #expect(!error.path.isEmpty)
                #expect(fileSystem.contents(of: "/block") == nil, "\(plain.calls[call])")
            }
        }
        #expect(failureCount > 0)
    }

    @Test("a disk that gets full is an error that says so, and gives its space back")
    func fullDisk() throws {
        let model = BlockModel(seed: 2, count: 100, maximumRows: 1000)
        let fileSystem = SimulatedFileSystem()
        fileSystem.setCapacity(100_000)
        let error = #expect(throws: FileError.self) { _ = try model.write(to: fileSystem, "/block") }
        #expect(error?.code == 28 && error?.path == "/block")
        #expect(fileSystem.snapshot.isEmpty)
    }

    @Test("a file that is already there is left alone")
    func existing() throws {
        let fileSystem = SimulatedFileSystem()
        fileSystem.setContents(of: "/block", to: [1, 2, 3])
        #expect(throws: FileError.self) {
            _ = try BlockModel(seed: 1, count: 2, maximumRows: 2).write(to: fileSystem, "/block")
        }
        #expect(fileSystem.contents(of: "/block") == [1, 2, 3])
    }

    @Test("a finished block survives a power cut")
    func crash() throws {
        let model = BlockModel(seed: 3, count: 50, maximumRows: 300)
        let fileSystem = SimulatedFileSystem()
        let summary = try model.write(to: fileSystem, "/block")
        try fileSystem.syncDirectory("/")
        let after = fileSystem.crashImage(seed: 1)
        let block = try Block.open(fileSystem: after, path: "/block", summary: summary)
        try block.verify()
    }
}

import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Whatever happens to a checkpoint's files: the one before it and the log stand in, and the report says so.
@Suite struct `Damaged checkpoints` {
    typealias Support = CheckpointTestSupport

    /// A database with two checkpoints and commits after them; samples in blocks, in the checkpoints and in the log.
    static func make() throws -> (disk: SimulatedFileSystem, contents: [Labels: [UInt64]]) {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        var time: Int64 = 1_700_000_000_000
        func append(_ range: Range<Int>) throws {
            time += 15_000
            try database.append { batch in
                for number in range {
                    batch.append(
                        Double(number) * 1.25, at: Timestamp(milliseconds: time),
                        to: ["__name__": "m", "i": "\(number)"])
                }
            }
        }
        try append(0..<3)
        try database.seal()
        try append(1..<5)
        database.maintain()
        try append(2..<6)
        database.maintain()
        try append(3..<8)
        return (disk.processEndImage(), try Support.contents(database))
    }

    /// Opens the damaged disk twice, goes on, and compares.
    private static func check(
        _ disk: SimulatedFileSystem, _ expected: [Labels: [UInt64]], isUsed: Bool, _ comment: Comment
    ) throws {
        let database = try Support.open(disk)
        #expect(try Support.contents(database) == expected, comment)
        #expect(database.recovery.damagedCheckpoints.count == (isUsed ? 1 : 0), comment)
        #expect(database.recovery.orphanedSamples == 0 && database.recovery.log.damage.isEmpty, comment)
        // The next round writes a good one in the damaged one's place.
        let late = try database.append { batch in
            batch.append(9, at: Timestamp(milliseconds: 1_700_000_000_000), to: ["__name__": "m", "i": "0"])
        }
        #expect(late.appended == 0, comment)
        database.maintain()
        let again = try Support.open(disk.processEndImage())
        #expect(again.recovery.damagedCheckpoints.isEmpty, comment)
        #expect(try Support.contents(again) == expected, comment)
    }

    @Test func `A flipped bit in any byte of the newest one is found, and the one before it stands in`() throws {
        let (disk, expected) = try Self.make()
        let records = try Support.records(of: disk)
        #expect(records.count == 2)
        let newest = try #require(records.last)
        for path in Support.files(of: disk) {
            let isUsed =
                path.hasSuffix("\(newest.number).samples") || path.hasSuffix("\(newest.seriesFile).series")
            let bytes = disk.contents(of: path)!
            for byte in bytes.indices {
                let image = disk.processEndImage()
                image.flipBit(path, byte: byte, bit: byte % 8)
                try Self.check(image, expected, isUsed: isUsed, "byte \(byte) of \(path)")
            }
        }
    }

    @Test func `One that ends early at any length, or is not there, is passed over`() throws {
        let (disk, expected) = try Self.make()
        let newest = try #require(Support.records(of: disk).last)
        for path in Support.files(of: disk) {
            let isUsed =
                path.hasSuffix("\(newest.number).samples") || path.hasSuffix("\(newest.seriesFile).series")
            let bytes = disk.contents(of: path)!
            for length in bytes.indices {
                let image = disk.processEndImage()
                image.setContents(of: path, to: Array(bytes.prefix(length)))
                try Self.check(image, expected, isUsed: isUsed, "\(path) cut to \(length)")
            }
            let image = disk.processEndImage()
            try image.remove(path)
            try Self.check(image, expected, isUsed: isUsed, "\(path) removed")
        }
    }

    @Test func `Without any, what the log still holds is there, and the report says what is not`() throws {
        let (disk, expected) = try Self.make()
        for path in Support.files(of: disk) { try disk.remove(path) }
        let database = try Support.open(disk)
        #expect(database.recovery.damagedCheckpoints.map(\.reason) == [.missing, .missing])
        #expect(database.recovery.foundDamage)
        let found = try Support.contents(database)
        for (labels, samples) in found {
            let whole = try #require(expected[labels], "\(labels) was never stored")
            #expect(Set(samples).isSubset(of: Set(whole)))
        }
    }

    @Test(arguments: 0..<4)
    func `Bytes with right checksums that make no sense are never trusted`(seed: Int) throws {
        let (disk, _) = try Self.make()
        var generator = SeededGenerator(seed: UInt64(seed))
        let state = try Manifest.open(fileSystem: disk.processEndImage(), directory: Support.path).state
        let record = try #require(state.checkpoints.last)
        let digits = "000000000000000"
        let paths = [
            "/data/checkpoints/\(digits)\(record.seriesFile).series",
            "/data/checkpoints/\(digits)\(record.number).samples",
        ]
        for _ in 0..<400 {
            let image = disk.processEndImage()
            var checksums: [UInt32] = []
            var changed = record
            for path in paths {
                var bytes = image.contents(of: path)!
                let pieces = Pieces(bytes, isSeries: path == paths[0])
                if generator.oneIn(2) || path == paths[1], let piece = pieces.ranges.randomElement(using: &generator) {
                    for _ in 0..<Int.random(in: 1...3, using: &generator) {
                        // Not the version: a newer one is refused, as it should be.
                        let place = Int.random(in: (piece.lowerBound + 8)..<piece.upperBound, using: &generator)
                        bytes[place] = generator.oneIn(2) ? UInt8(generator.below(4)) : UInt8(generator.below(256))
                    }
                }
                checksums.append(pieces.repair(&bytes))
                image.setContents(of: path, to: bytes)
            }
            (changed.seriesChecksum, changed.samplesChecksum) = (checksums[0], checksums[1])
            try image.remove("/data/MANIFEST.copy")
            let keep = SimulatedFileSystem()
            let manifest = try Manifest.open(
                fileSystem: keep, directory: Support.path, databaseID: state.databaseID)
            try manifest.commit(
                ManifestEdit(
                    nextSeriesID: state.nextSeriesID, sealedThrough: state.sealedThrough,
                    nextBlockNumber: state.nextBlockNumber, added: state.blocks,
                    addedCheckpoints: [state.checkpoints[0], changed]))
            image.setContents(of: "/data/MANIFEST", to: keep.contents(of: "/data/MANIFEST")!)
            // Whatever is said and found, nothing traps: not the opening, nor queries, nor appends and seals after it.
            let database = try Support.open(image)
            _ = try? Support.contents(database)
            _ = try? database.append { batch in
                for number in 0..<9 {
                    batch.append(
                        1, at: Timestamp(milliseconds: 1_800_000_000_000), to: ["__name__": "m", "i": "\(number)"])
                }
            }
            try? database.seal()
            database.maintain()
        }
    }
}

/// The pieces of a checkpoint's file, each of which a checksum follows.
private struct Pieces {
    var ranges: [Range<Int>] = []

    init(_ bytes: [UInt8], isSeries: Bool) {
        var offset = isSeries ? 28 : 72
        ranges.append(0..<offset)
        offset += 4
        while offset < bytes.count {
            func u32(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + at + $1]) << (8 * $1) } }
            // The last piece of a file of samples.
            let isTrailer = !isSeries && offset + 44 == bytes.count
            let length =
                isTrailer
                ? 40
                : isSeries
                    ? 40 + u32(4) * 8 + u32(12) * 20 + u32(16) + u32(24) + u32(32)
                    : 32 + u32(8) * 26 + u32(12) * 20 + u32(16) * 20 + u32(24)
            ranges.append(offset..<(offset + length))
            offset += length + 4
        }
    }

    /// Makes all checksums right again and returns the last.
    func repair(_ bytes: inout [UInt8]) -> UInt32 {
        var checksum: UInt32 = 0
        for range in ranges {
            checksum = crc32c(bytes[range], continuing: checksum)
            for index in 0..<4 { bytes[range.upperBound + index] = UInt8(checksum >> (8 * UInt32(index)) & 255) }
        }
        return checksum
    }

    private func crc32c(_ bytes: ArraySlice<UInt8>, continuing start: UInt32) -> UInt32 {
        var crc = ~start
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
        }
        return ~crc
    }
}

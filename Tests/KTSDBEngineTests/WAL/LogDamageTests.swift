import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Bits that flip on the disk after everything was synced.
@Suite struct `A damaged log` {
    static func build() throws -> (SimulatedFileSystem, [UInt64: TestCommit]) {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(segment: 400))
        var written: [UInt64: TestCommit] = [:]
        for seed in 0..<9 as Range<UInt64> {
            let commit = TestCommit.random(seed: seed, samples: 6)
            written[try log.append(commit)] = commit
        }
        try log.writer.close()
        return (disk, written)
    }

    @Test(arguments: 0..<8) func `Any flipped bit is found or harmless, and costs one commit at most`(bit: Int) throws {
        let (disk, written) = try Self.build()
        for name in try disk.list("data/wal") {
            let path = "data/wal/\(name)"
            for byte in 0..<disk.contents(of: path)!.count where Effort.isFull || (byte + bit) % 4 == 0 {
                let copy = disk.processEndImage()
                copy.flipBit(path, byte: byte, bit: bit)
                let log = try TestLog(copy, options: TestLog.options(segment: 400))
                let lost = Set(written.keys).subtracting(log.replayed.keys)
                let comment: Comment = "\(path), byte \(byte), bit \(bit)"
                #expect(lost.count <= 1, comment)
                #expect(log.report.cutTail == nil || lost.isEmpty, comment)
                let reported = log.report.damage.compactMap(\.sequences).map { Array($0) }.joined()
                #expect(Set(reported) == lost, comment)
                for (sequence, commit) in log.replayed {
                    #expect(commit.withoutDefinitions == written[sequence], comment)
                }
                for damage in log.report.damage {
                    #expect(damage.path == path && damage.bytes.contains(UInt64(byte)), comment)
                }
                let again = try TestLog(copy, options: TestLog.options(segment: 400))
                #expect(again.replayed == log.replayed, comment)
                #expect(again.report.damage == log.report.damage, comment)
                #expect(again.report.lastSequence == log.report.lastSequence, comment)
            }
        }
    }

    @Test func `A log goes on after damage, and the damage stays known`() throws {
        let (disk, written) = try Self.build()
        let path = "data/wal/\(try disk.list("data/wal")[0])"
        disk.flipBit(path, byte: 120, bit: 3)
        let log = try TestLog(disk)
        let lost = Set(written.keys).subtracting(log.replayed.keys)
        let sequence = try #require(lost.first)
        #expect(lost.count == 1)
        #expect(log.report.damage.map(\.sequences) == [sequence...sequence])
        #expect(try log.append(.random(seed: 77)) == UInt64(written.count + 1))
        try log.writer.close()
        let reopened = try TestLog(disk)
        #expect(reopened.report.damage == log.report.damage)
        #expect(reopened.replayed.count == written.count)
        #expect(reopened.report.description.contains("commit \(sequence) is lost"))
    }

    /// A log in one segment whose last record of a sync says 6, with commits 7 and 8 behind it.
    static func buildWithUnsyncedEnd() throws -> (SimulatedFileSystem, path: String, bodies: [UInt64: Int]) {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(segment: 1 << 20))
        for seed in 0..<8 as Range<UInt64> {
            _ = try log.append(.random(seed: seed))
            if seed == 5 { try log.writer.waitUntilDurable(6) }
        }
        let path = "data/wal/\(try disk.list("data/wal")[0])"
        let bytes = disk.contents(of: path)!
        var bodies: [UInt64: Int] = [:]
        var offset = 44
        while offset < bytes.count {
            bodies[UInt64(bodies.count + 1)] = offset + 68
            offset += 68 + Int(bytes[offset + 8]) + Int(bytes[offset + 9]) << 8
        }
        return (disk.processEndImage(), path, bodies)
    }

    @Test func `Damage that is known stays known when the frames that tell of it are cut off`() throws {
        let (disk, path, bodies) = try Self.buildWithUnsyncedEnd()
        disk.flipBit(path, byte: bodies[5]!, bit: 0)
        disk.flipBit(path, byte: bodies[7]!, bit: 0)
        for _ in 0..<3 {
            let log = try TestLog(disk)
            #expect(log.replayed.keys.sorted() == [1, 2, 3, 4, 6])
            #expect(log.report.damage.map(\.sequences) == [5...5])
            #expect(log.report.lastSequence == 6)
        }
    }

    @Test func `The end of the log is cut in front of the first commit that is missing`() throws {
        let (disk, path, bodies) = try Self.buildWithUnsyncedEnd()
        let size = disk.contents(of: path)!.count
        disk.flipBit(path, byte: bodies[7]!, bit: 0)
        let log = try TestLog(disk)
        #expect(log.replayed.keys.sorted() == [1, 2, 3, 4, 5, 6])
        #expect(log.report.damage.isEmpty)
        let tail = try #require(log.report.cutTail)
        #expect(tail.firstSequence == 7)
        #expect(tail.commits == 2)
        #expect(tail.byteCount == UInt64(size - bodies[7]! + 68))
        #expect(log.report.description.contains("from commit 7 on: 2 commits"))
    }

    @Test func `Commits that were cut off stay away, even if the disk brings them back`() throws {
        let (disk, path, bodies) = try Self.buildWithUnsyncedEnd()
        disk.flipBit(path, byte: bodies[7]!, bit: 0)
        let old = disk.contents(of: path)!
        let log = try TestLog(disk)
        let commit = TestCommit.random(seed: 70)
        #expect(try log.append(commit) == 7)
        try log.writer.close()
        disk.setContents(of: path, to: old)
        let reopened = try TestLog(disk)
        #expect(reopened.replayed.keys.sorted() == [1, 2, 3, 4, 5, 6, 7])
        #expect(reopened.replayed[7]?.withoutDefinitions == commit)
        #expect(reopened.report.damage.isEmpty)
    }

    @Test func `A missing segment is reported with the commits that were in it`() throws {
        let (disk, written) = try Self.build()
        let names = try disk.list("data/wal")
        #expect(names.count >= 3)
        try disk.remove("data/wal/\(names[1])")
        let log = try TestLog(disk)
        let lost = Set(written.keys).subtracting(log.replayed.keys).sorted()
        #expect(!lost.isEmpty)
        #expect(log.report.damage.map(\.sequences) == [lost.first!...lost.last!])
        #expect(log.report.damage.map(\.reason) == [.missing])
        #expect(try TestLog(disk).replayed == log.replayed)
    }

    @Test func `A segment full of zeros or noise is reported and passed over`() throws {
        for fill in [{ _ in 0 }, { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }] as [(Int) -> UInt8] {
            let (disk, written) = try Self.build()
            let path = "data/wal/\(try disk.list("data/wal")[1])"
            disk.setContents(of: path, to: (0..<disk.contents(of: path)!.count).map(fill))
            let log = try TestLog(disk)
            let lost = Set(written.keys).subtracting(log.replayed.keys).sorted()
            #expect(Set(log.report.damage.compactMap(\.sequences).map { Array($0) }.joined()) == Set(lost))
            #expect(log.report.damage.allSatisfy { $0.path == path })
            #expect(try TestLog(disk).report.damage == log.report.damage)
        }
    }

    @Test func `A segment of another database is reported and left alone`() throws {
        let (disk, written) = try Self.build()
        let other = TestLog.disk()
        let foreign = try TestLog(other, databaseID: 99)
        _ = try foreign.append(.random(seed: 1))
        try foreign.writer.close()
        let bytes = other.contents(of: "data/wal/0000000000000001.log")!
        disk.setContents(of: "data/wal/00000000000000ff.log", to: bytes)
        let log = try TestLog(disk)
        #expect(log.replayed.count == written.count)
        #expect(log.report.damage.map(\.reason) == [.foreignSegment])
        #expect(disk.contents(of: "data/wal/00000000000000ff.log") == bytes)
    }

    @Test func `Damage in sealed commits is told apart`() throws {
        let (disk, written) = try Self.build()
        disk.flipBit("data/wal/\(try disk.list("data/wal")[0])", byte: 120, bit: 3)
        let log = try TestLog(disk, sealedThrough: 4)
        #expect(log.report.damage.map(\.isSealed) == [true])
        #expect(log.replayed.count == written.count - 4)
    }

    @Test func `A newer version is refused and nothing is changed`() throws {
        let (disk, _) = try Self.build()
        let path = "data/wal/\(try disk.list("data/wal")[0])"
        var bytes = disk.contents(of: path)!
        bytes[4] = 99
        let checksum = crc32c(bytes.prefix(40))
        for index in 0..<4 { bytes[40 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
        disk.setContents(of: path, to: bytes)
        let before = disk.snapshot
        #expect(throws: LogError.unsupportedVersion(path: path, found: 99)) { try TestLog(disk).report }
        #expect(disk.snapshot == before)
    }

    @Test(arguments: Array(0..<60 as Range<UInt64>)) func `Noise in any place never traps and is never replayed`(
        seed: UInt64
    ) throws {
        let (disk, written) = try Self.build()
        var random = SeededGenerator(seed: seed)
        for name in try disk.list("data/wal") {
            var bytes = disk.contents(of: "data/wal/\(name)")!
            let start = Int.random(in: 0..<bytes.count, using: &random)
            for index in start..<min(bytes.count, start + Int.random(in: 1...200, using: &random)) {
                bytes[index] = UInt8(truncatingIfNeeded: random.next())
            }
            disk.setContents(of: "data/wal/\(name)", to: bytes)
        }
        let log = try TestLog(disk)
        for (sequence, commit) in log.replayed { #expect(commit.withoutDefinitions == written[sequence]) }
        #expect(try TestLog(disk).replayed == log.replayed)
    }
}

/// The plain bit-by-bit checksum, independent of the one that is tested.
func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
    }
    return ~crc
}

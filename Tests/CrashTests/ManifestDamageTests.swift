import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// A MANIFEST that was cut, damaged, lost or put back: what is in the database's other files stays, and counts.
@Suite struct `A database with a damaged MANIFEST` {
    static let names = ["MANIFEST", "MANIFEST.copy"]

    /// A directory with blocks, some of them merged, checkpoints and a log; after an orderly end or not.
    static func make(seed: UInt64, closes: Bool) throws -> (disk: SimulatedFileSystem, contents: Contents) {
        let disk = SimulatedFileSystem()
        _ = Workload(seed: seed, steps: 14).run(on: disk)
        let database = try Workload.open(disk)
        for step in 0..<3 as Range<Int64> {
            try database.append { batch in
                let time = Timestamp(milliseconds: 1_800_000_000_000 + step)
                batch.append(Double(step), at: time, to: ["__name__": "last", "step": "\(step)"])
            }
            if step == 1 { database.maintain() }
        }
        let contents = try Workload.contents(of: database)
        if closes { try database.close() }
        return (disk.processEndImage(), contents)
    }

    /// The files of blocks and checkpoints, where they were or below `set-aside/`.
    static func files(of disk: SimulatedFileSystem) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (path, bytes) in disk.snapshot {
            for part in ["blocks/", "checkpoints/"] where path.hasPrefix("/data/\(part)") {
                files[String(path.dropFirst(6))] = bytes
            }
            if path.hasPrefix("/data/set-aside/") { files[String(path.dropFirst(16))] = bytes }
        }
        return files
    }

    /// Opens a directory that was tampered with: all samples are there, no file is gone, and the next time all is well.
    static func expectAll(_ disk: SimulatedFileSystem, _ contents: Contents, _ comment: Comment) throws {
        let before = files(of: disk)
        let database = try Workload.open(disk)
        #expect(try Workload.contents(of: database) == contents, comment)
        #expect(database.recovery.damagedBlocks.isEmpty && database.recovery.orphanedSamples == 0, comment)
        let after = files(of: disk)
        #expect(before.allSatisfy { after[$0.key] == $0.value }, comment)
        let again = try Workload.open(disk.crashImage(seed: 3))
        #expect(try Workload.contents(of: again) == contents, comment)
        let recovery = again.recovery
        #expect(!recovery.foundDamage && recovery.setAside.isEmpty, "\(comment): \(recovery)")
        try database.close()
        #expect(try Workload.contents(of: Workload.open(disk.processEndImage())) == contents, comment)
    }

    @Test(arguments: names, [true, false])
    func `loses nothing by any cut of one file, nor by its loss`(name: String, closes: Bool) throws {
        let (disk, contents) = try Self.make(seed: 4, closes: closes)
        let path = "/data/\(name)"
        let bytes = try #require(disk.contents(of: path))
        for count in bytes.indices where Effort.isFull || count % 7 == 3 || count < 50 {
            let image = disk.processEndImage()
            image.setContents(of: path, to: Array(bytes.prefix(count)))
            try Self.expectAll(image, contents, "\(name) cut to \(count) of \(bytes.count) bytes")
        }
        let image = disk.processEndImage()
        try image.remove(path)
        try Self.expectAll(image, contents, "\(name) removed")
        let zeros = disk.processEndImage()
        zeros.setContents(of: path, to: [UInt8](repeating: 0, count: bytes.count))
        try Self.expectAll(zeros, contents, "\(name) zeroed")
    }

    @Test(arguments: names)
    func `loses nothing by a flipped bit of one file`(name: String) throws {
        let (disk, contents) = try Self.make(seed: 5, closes: false)
        let path = "/data/\(name)"
        for byte in try #require(disk.contents(of: path)).indices {
            for bit in 0..<8 where Effort.isFull || (byte * 3 + bit) % 16 == 5 {
                let image = disk.processEndImage()
                image.flipBit(path, byte: byte, bit: bit)
                try Self.expectAll(image, contents, "\(name), byte \(byte), bit \(bit)")
            }
        }
    }

    @Test func `opens to be read without moving anything`() throws {
        let (disk, contents) = try Self.make(seed: 6, closes: false)
        disk.flipBit("/data/MANIFEST", byte: 40, bit: 2)
        let before = disk.snapshot
        let overlay = OverlayFileSystem(over: disk) { _ in MemoryLock {} }
        let database = try Database(
            files: overlay, path: "/data", configuration: Workload.configuration(clock: TestClock()), isReading: true)
        #expect(try Workload.contents(of: database) == contents)
        #expect(database.recovery.foundDamage)
        try database.close()
        #expect(disk.snapshot == before)
    }
}

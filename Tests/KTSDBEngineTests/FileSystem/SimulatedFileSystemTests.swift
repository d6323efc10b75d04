import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `The simulated disk` {
    static let seeds: [UInt64] = Array(0..<40)

    func write(_ text: String, to file: any WritableFile) throws {
        try unsafe file.writeAll(Array(text.utf8).span.bytes)
    }

    /// A disk with "data/a" holding 1024 synced bytes of "s" and the file still open.
    func diskWithSyncedFile() throws -> (SimulatedFileSystem, any WritableFile) {
        let disk = SimulatedFileSystem()
        try disk.createDirectory("data")
        try disk.syncDirectory("")
        let file = try disk.create("data/a")
        try write(String(repeating: "s", count: 1024), to: file)
        try file.sync()
        try disk.syncDirectory("data")
        return (disk, file)
    }

    @Test(arguments: seeds) func `A crash keeps all synced bytes`(seed: UInt64) throws {
        let (disk, file) = try diskWithSyncedFile()
        try write(String(repeating: "u", count: 3000), to: file)
        let bytes = try #require(disk.crashImage(seed: seed).contents(of: "data/a"))
        #expect(bytes.prefix(1024).allSatisfy { $0 == UInt8(ascii: "s") })
        #expect(bytes.count <= 4024)
        #expect(bytes.dropFirst(1024).allSatisfy { $0 == UInt8(ascii: "u") || $0 == 0 })
    }

    @Test func `Over the seeds, unsynced sectors stay, go, and leave holes`() throws {
        let (disk, file) = try diskWithSyncedFile()
        try write(String(repeating: "u", count: 3000), to: file)
        let images = Self.seeds.compactMap { disk.crashImage(seed: $0).contents(of: "data/a") }
        #expect(images.contains { $0.count == 1024 })
        #expect(images.contains { $0.count == 4024 && !$0.contains(0) })
        #expect(
            images.contains { image in
                guard let hole = image.firstIndex(of: 0) else { return false }
                return image[hole...].contains(UInt8(ascii: "u"))
            })
        #expect(disk.crashImage(seed: 7).snapshot == disk.crashImage(seed: 7).snapshot)
    }

    @Test func `Entries come and go with the directory's sync alone`() throws {
        let (disk, _) = try diskWithSyncedFile()
        _ = try disk.create("data/b")
        try disk.rename("data/a", to: "data/c")
        let before = Self.seeds.map { Set(disk.crashImage(seed: $0).snapshot.keys) }
        #expect(before.contains(["data/a"]))
        #expect(before.contains(["data/b", "data/c"]))
        #expect(before.allSatisfy { $0.contains("data/a") != $0.contains("data/c") })
        try disk.syncDirectory("data")
        #expect(Self.seeds.allSatisfy { Set(disk.crashImage(seed: $0).snapshot.keys) == ["data/b", "data/c"] })
    }

    @Test func `After the crash every call fails, on the old disk only`() throws {
        let (disk, file) = try diskWithSyncedFile()
        disk.inject(.crash, atCall: disk.callCount)
        #expect(throws: FileError.self) { try write("x", to: file) }
        #expect(throws: FileError.self) { try file.sync() }
        #expect(throws: FileError.self) { try disk.list("data") }
        #expect(disk.hasCrashed)
        #expect(try disk.crashImage(seed: 1).list("data") == ["a"])
    }

    @Test func `The call that crashes takes effect for some seeds and not for others`() throws {
        let (disk, file) = try diskWithSyncedFile()
        disk.inject(.crash, atCall: disk.callCount)
        #expect(throws: FileError.self) { try write("x", to: file) }
        let counts = Set(Self.seeds.map { disk.crashImage(seed: $0).contents(of: "data/a")!.count })
        #expect(counts == [1024, 1025])
    }

    @Test func `Errors and short writes happen once, where they were asked for`() throws {
        let (disk, file) = try diskWithSyncedFile()
        disk.inject(.error(EIO), atCall: disk.callCount)
        disk.inject(.shortWrite(2), atCall: disk.callCount + 1)
        #expect { try write("abc", to: file) } throws: { ($0 as? FileError)?.code == EIO }
        #expect(file.byteCount == 1024)
        #expect(try unsafe file.write(Array("abc".utf8).span.bytes) == 2)
        #expect(try unsafe file.write(Array("abc".utf8).span.bytes) == 3)
        #expect(file.byteCount == 1029)
    }

    @Test(arguments: seeds) func `A failed sync loses its pages though later syncs succeed`(seed: UInt64) throws {
        let (disk, file) = try diskWithSyncedFile()
        try write("lost", to: file)
        disk.inject(.failedSync, atCall: disk.callCount)
        #expect(throws: FileError.self) { try file.sync() }
        try write("kept", to: file)
        try file.sync()
        #expect(disk.contents(of: "data/a")!.suffix(8).elementsEqual("lostkept".utf8))
        #expect(disk.crashImage(seed: seed).contents(of: "data/a")!.suffix(8).elementsEqual("\0\0\0\0kept".utf8))
    }

    @Test func `A full disk cuts writes short until there is room`() throws {
        let (disk, file) = try diskWithSyncedFile()
        disk.setCapacity(1030)
        #expect(try disk.freeBytes(at: "data") == 6)
        #expect(try disk.totalBytes(at: "data") == 1030)
        #expect(try unsafe file.write(Array("12345678".utf8).span.bytes) == 6)
        #expect { try write("9", to: file) } throws: { ($0 as? FileError)?.code == ENOSPC }
        disk.setCapacity(nil)
        try write("9", to: file)
    }

    @Test func `A flipped bit is seen by readers, mappings and after a crash`() throws {
        let (disk, _) = try diskWithSyncedFile()
        let region = try disk.open("data/a").map(at: 100, count: 10)
        disk.flipBit("data/a", byte: 105, bit: 0)
        #expect(region.bytes.byte(at: 5) == UInt8(ascii: "r"))
        #expect(try disk.open("data/a").readAll()[105] == UInt8(ascii: "r"))
        #expect(disk.crashImage(seed: 3).contents(of: "data/a")?[105] == UInt8(ascii: "r"))
    }
}

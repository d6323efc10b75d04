import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// What every file system promises.
@Suite struct `File systems` {
    enum Kind: CaseIterable {
        case posix, memory, simulated, overlay
    }
    /// A file system with an empty directory in it.
    struct Place {
        var files: any FileSystem
        var path: String
        var temporary: TemporaryDirectory?

        init(_ kind: Kind) throws {
            switch kind {
            case .posix:
                let temporary = TemporaryDirectory()
                self.temporary = temporary
                files = POSIXFileSystem()
                path = temporary.path
            case .memory: (files, path) = (MemoryFileSystem(), "data")
            case .simulated: (files, path) = (SimulatedFileSystem(), "data")
            case .overlay:
                let base = MemoryFileSystem()
                try base.createDirectory("data")
                let overlay = OverlayFileSystem(over: base) { path throws(FileError) in try base.lock(path) }
                (files, path) = (overlay, "data")
            }
            try files.createDirectory(path)
        }

        func write(_ text: String, to name: String) throws {
            let file = try files.create("\(path)/\(name)")
            try unsafe file.writeAll(Array(text.utf8).span.bytes)
            file.close()
        }

        func read(_ name: String) throws -> String {
            String(decoding: try files.open("\(path)/\(name)").readAll(), as: UTF8.self)
        }
    }

    @Test(arguments: Kind.allCases) func `Written bytes are read back, at any offset`(kind: Kind) throws {
        let place = try Place(kind)
        try place.write("hello, disk", to: "a")
        #expect(try place.read("a") == "hello, disk")
        let file = try place.files.open("\(place.path)/a")
        #expect(file.byteCount == 11)
        var buffer = [UInt8](repeating: 0, count: 8)
        var span = buffer.mutableSpan
        var bytes = unsafe span.mutableBytes
        #expect(try file.read(at: 7, into: &bytes) == 4)
        #expect(try file.read(at: 11, into: &bytes) == 0)
        #expect(try file.read(at: 1 << 40, into: &bytes) == 0)
        #expect(String(decoding: buffer.prefix(4), as: UTF8.self) == "disk")
    }

    @Test(arguments: Kind.allCases) func `A mapping shows the bytes and outlives the file`(kind: Kind) throws {
        let place = try Place(kind)
        try place.write(String(repeating: "0123456789", count: 1000), to: "a")
        let region = try place.files.open("\(place.path)/a").map(at: 4999, count: 5001)
        try place.files.remove("\(place.path)/a")
        #expect(region.byteCount == 5001)
        #expect(region.bytes.byte(at: 0) == UInt8(ascii: "9"))
        #expect(region.bytes.byte(at: 5000) == UInt8(ascii: "9"))
    }

    @Test(arguments: Kind.allCases) func `A mapping beyond the end is refused`(kind: Kind) throws {
        let place = try Place(kind)
        try place.write("abc", to: "a")
        let file = try place.files.open("\(place.path)/a")
        #expect(try file.map(at: 3, count: 0).byteCount == 0)
        #expect(throws: FileError.self) { try file.map(at: 1, count: 3) }
        #expect(throws: FileError.self) { try file.map(at: 4, count: 0) }
    }

    @Test(arguments: Kind.allCases) func `Appending goes on at the end, also after a cut`(kind: Kind) throws {
        let place = try Place(kind)
        try place.write("one two", to: "a")
        let file = try place.files.openForAppending("\(place.path)/a")
        #expect(file.byteCount == 7)
        file.reserve(upTo: 1 << 16)
        #expect(file.byteCount == 7)
        try file.truncate(to: 4)
        try unsafe file.writeAll(Array("three".utf8).span.bytes)
        try file.sync()
        #expect(file.byteCount == 9)
        #expect(try place.read("a") == "one three")
        file.close()
        #expect(throws: FileError.self) { try file.sync() }
    }

    @Test(arguments: Kind.allCases) func `Create refuses a file that exists, open one that does not`(kind: Kind) throws
    {
        let place = try Place(kind)
        try place.write("x", to: "a")
        #expect { try place.files.create("\(place.path)/a") } throws: { ($0 as? FileError)?.code == EEXIST }
        #expect { try place.files.open("\(place.path)/b") } throws: { ($0 as? FileError)?.code == ENOENT }
        #expect { try place.files.openForAppending("\(place.path)/b") } throws: { ($0 as? FileError)?.code == ENOENT }
        #expect { try place.files.create("\(place.path)/no/b") } throws: { ($0 as? FileError)?.code == ENOENT }
    }

    @Test(arguments: Kind.allCases) func `Rename replaces, link shares, remove removes one name`(kind: Kind) throws {
        let place = try Place(kind)
        try place.write("old", to: "a")
        try place.write("new", to: "b")
        try place.files.rename("\(place.path)/b", to: "\(place.path)/a")
        #expect(try place.read("a") == "new")
        try place.files.link("\(place.path)/a", to: "\(place.path)/c")
        #expect { try place.files.link("\(place.path)/a", to: "\(place.path)/c") } throws: {
            ($0 as? FileError)?.code == EEXIST
        }
        try place.files.remove("\(place.path)/a")
        #expect(try place.read("c") == "new")
        #expect(try place.files.list(place.path) == ["c"])
        #expect(try !place.files.exists("\(place.path)/a"))
        #expect(throws: FileError.self) { try place.files.remove("\(place.path)/a") }
    }

    @Test(arguments: Kind.allCases) func `Directories are created with their parents, listed and removed`(kind: Kind)
        throws
    {
        let place = try Place(kind)
        try place.files.createDirectory("\(place.path)/x/y/z")
        try place.files.createDirectory("\(place.path)/x/y/z")
        try place.write("1", to: "x/b")
        try place.write("1", to: "x/a")
        #expect(try place.files.list("\(place.path)/x") == ["a", "b", "y"])
        try place.files.syncDirectory("\(place.path)/x")
        #expect(throws: FileError.self) { try place.files.remove("\(place.path)/x") }
        try place.files.remove("\(place.path)/x/y/z")
        #expect(try place.files.list("\(place.path)/x/y") == [])
        #expect(throws: FileError.self) { try place.files.list("\(place.path)/none") }
        #expect(throws: FileError.self) { try place.files.createDirectory("\(place.path)/x/a/b") }
    }

    @Test(arguments: Kind.allCases) func `A second lock is refused with the holder's id, until the first is let go`(
        kind: Kind
    ) throws {
        let place = try Place(kind)
        let lock = try place.files.lock("\(place.path)/LOCK")
        #expect { try place.files.lock("\(place.path)/LOCK") } throws: { error in
            guard let error = error as? FileError else { return false }
            return error.code == EWOULDBLOCK && error.detail.contains("\(getpid())")
        }
        lock.release()
        lock.release()
        try place.files.lock("\(place.path)/LOCK").release()
    }

    @Test func `A lock knows whether its last holder let it go`() throws {
        let place = try Place(.posix), path = "\(place.path)/LOCK"
        let first = try place.files.lock(path)
        #expect(!first.wasAbandoned)
        first.release()
        let second = try place.files.lock(path)
        #expect(!second.wasAbandoned)
        second.release()
        try place.files.remove(path)
        try place.write("4711\n", to: "LOCK")
        #expect(try place.files.lock(path).wasAbandoned)
    }

    @Test(arguments: Kind.allCases) func `There is free space`(kind: Kind) throws {
        let place = try Place(kind)
        let free = try place.files.freeBytes(at: place.path)
        #expect(try free > 0 && free <= place.files.totalBytes(at: place.path))
    }
}

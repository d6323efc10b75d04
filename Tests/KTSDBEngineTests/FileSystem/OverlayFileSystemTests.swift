import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `A file system over another` {
    private let base = MemoryFileSystem()

    private func overlay() -> OverlayFileSystem {
        let base = base
        return OverlayFileSystem(over: base) { path throws(FileError) in try base.lock(path) }
    }

    private func write(_ text: String, to path: String, in files: any FileSystem) throws {
        let file = try files.exists(path) ? files.openForAppending(path) : files.create(path)
        try unsafe file.writeAll(Array(text.utf8).span.bytes)
    }

    private func read(_ path: String, in files: any FileSystem) throws -> String {
        String(decoding: try files.open(path).readAll(), as: UTF8.self)
    }

    @Test func `changes show in it, and not below`() throws {
        try base.createDirectory("data/blocks")
        for name in ["a", "b", "c", "blocks/d"] { try write(name, to: "data/\(name)", in: base) }
        let files = overlay()
        try write("!", to: "data/a", in: files)
        try files.remove("data/b")
        try files.rename("data/c", to: "data/blocks/c")
        try write("new", to: "data/e", in: files)
        try files.link("data/blocks/d", to: "data/f")
        #expect(try files.list("data") == ["a", "blocks", "e", "f"])
        #expect(try files.list("data/blocks") == ["c", "d"])
        for (name, text) in [
            ("a", "a!"), ("e", "new"), ("f", "blocks/d"), ("blocks/c", "c"), ("blocks/d", "blocks/d"),
        ] {
            #expect(try read("data/\(name)", in: files) == text)
        }
        for name in ["b", "c"] {
            #expect(throws: FileError.self) { try files.open("data/\(name)") }
            #expect(throws: FileError.self) { try files.remove("data/\(name)") }
        }
        // What was removed can be made again.
        try write("again", to: "data/b", in: files)
        #expect(try read("data/b", in: files) == "again")
        #expect(
            try base.list("data") == ["a", "b", "blocks", "c"] && base.list("data/blocks") == ["d"])
        for name in ["a", "b", "c", "blocks/d"] { #expect(try read("data/\(name)", in: base) == name) }
    }

    @Test func `a directory is removed only when it is empty, above and below`() throws {
        try base.createDirectory("data/x")
        try write("1", to: "data/x/1", in: base)
        let files = overlay()
        #expect(throws: FileError.self) { try files.remove("data/x") }
        try files.remove("data/x/1")
        try files.remove("data/x")
        #expect(try !files.exists("data/x") && base.exists("data/x/1"))
    }
}

@Suite struct `A database opened to be read` {
    private func bytes(in directory: String) throws -> [String: [UInt8]] {
        let files = POSIXFileSystem()
        var found: [String: [UInt8]] = [:]
        for name in try files.list(directory) {
            let path = "\(directory)/\(name)"
            if let inner = try? files.list(path) {
                if inner.isEmpty { found[path + "/"] = [] }
                found.merge(try bytes(in: path)) { $1 }
            } else {
                found[path] = try files.open(path).readAll()
            }
        }
        return found
    }

    @Test func `it shows all that was committed, and changes nothing`() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/data"
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = try Database(path: path, configuration: configuration)
        for step in 0..<20 {
            try database.append { batch in
                batch.append(
                    Double(step), at: Timestamp(milliseconds: Int64(step) * 1000), to: ["__name__": "x"])
            }
            if step == 10 { try database.seal() }
        }
        // While another has it open, it is refused.
        #expect(throws: OpenError.self) { try Database.reading(path: path) }
        try database.close()
        // As after a crash: the log ends in a part of a frame.
        let files = POSIXFileSystem()
        let log = try #require(try files.list("\(path)/wal").last)
        let segment = try files.openForAppending("\(path)/wal/\(log)")
        try unsafe segment.writeAll([1, 2, 3, 4, 5].span.bytes)
        segment.close()
        let before = try bytes(in: path)
        for _ in 0..<2 {
            let reader = try Database.reading(path: path)
            let other = try Database.reading(path: path)
            let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 100_000)
            let series = try reader.readView().series(matching: .equal("__name__", "x"), in: range)
            let samples = try #require(series.first).samples()
            #expect(samples.map(\.value) == (0..<20).map(Double.init))
            #expect(throws: OpenError.self) { try Database(path: path) }
            try reader.close()
            try other.close()
        }
        #expect(try bytes(in: path) == before)
        try Database(path: path, configuration: configuration).close()
    }

    @Test func `a directory that is not there is not made`() throws {
        let directory = TemporaryDirectory()
        #expect(throws: OpenError.self) { try Database.reading(path: directory.path + "/none") }
        #expect(try POSIXFileSystem().list(directory.path).isEmpty)
    }
}

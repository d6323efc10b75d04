internal import CLibrary

/// Passes everything on to another file system. When a call finds the disk full, it asks for room, and is made again
/// if some was made.
///
/// A failed sync is never repeated: what it should have written may be lost.
final class RoomMakingFileSystem: FileSystem {
    /// Called with the path of a call that found the disk full; returns whether the call is worth another attempt.
    typealias MakeRoom = @Sendable (_ path: String) -> Bool

    private let base: any FileSystem
    private let makeRoom: MakeRoom

    init(_ base: any FileSystem, makeRoom: @escaping MakeRoom) {
        self.base = base
        self.makeRoom = makeRoom
    }

    private final class File: WritableFile {
        let base: any WritableFile
        let path: String
        let makeRoom: MakeRoom

        init(_ base: any WritableFile, _ path: String, _ makeRoom: @escaping MakeRoom) {
            self.base = base
            self.path = path
            self.makeRoom = makeRoom
        }

        var byteCount: UInt64 { base.byteCount }

        func write(_ bytes: RawSpan) throws(FileError) -> Int {
            var written = 0
            repeat {
                do throws(FileError) {
                    written += try base.write(bytes.extracting(droppingFirst: written))
                } catch  where error.isDiskFull {
                    guard makeRoom(path) else {
                        // The caller sees a short write, and cuts it off.
                        if written > 0 { return written }
                        throw error
                    }
                    continue
                }
                guard written < bytes.byteCount, makeRoom(path) else { return written }
            } while true
        }

        func reserve(upTo byteCount: UInt64) { base.reserve(upTo: byteCount) }
        func allocate(_ byteCount: UInt64) throws(FileError) { try base.allocate(byteCount) }
        func sync() throws(FileError) {
            do throws(FileError) { try base.sync() } catch {
                if error.isDiskFull { _ = makeRoom(path) }
                throw error
            }
        }
        func truncate(to byteCount: UInt64) throws(FileError) { try base.truncate(to: byteCount) }
        func identity() throws(FileError) -> FileIdentity { try base.identity() }
        func close() { base.close() }
    }

    /// Makes a call, and makes it again if it found the disk full and room was made.
    private func retrying<Value>(
        _ path: String, _ call: () throws(FileError) -> Value
    ) throws(FileError) -> Value {
        do throws(FileError) { return try call() } catch  where error.isDiskFull {
            guard makeRoom(path) else { throw error }
            return try call()
        }
    }

    func createDirectory(_ path: String) throws(FileError) {
        try retrying(path) { () throws(FileError) in try base.createDirectory(path) }
    }
    func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    func create(_ path: String) throws(FileError) -> any WritableFile {
        File(try retrying(path) { () throws(FileError) in try base.create(path) }, path, makeRoom)
    }
    func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        File(try base.openForAppending(path), path, makeRoom)
    }
    func open(_ path: String) throws(FileError) -> any ReadableFile { try base.open(path) }
    func rename(_ source: String, to target: String) throws(FileError) {
        try retrying(target) { () throws(FileError) in try base.rename(source, to: target) }
    }
    func link(_ source: String, to target: String) throws(FileError) {
        try retrying(target) { () throws(FileError) in try base.link(source, to: target) }
    }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func syncDirectory(_ directory: String) throws(FileError) {
        do throws(FileError) { try base.syncDirectory(directory) } catch {
            if error.isDiskFull { _ = makeRoom(directory) }
            throw error
        }
    }
    func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
    func freeBytes(at path: String) throws(FileError) -> UInt64 { try base.freeBytes(at: path) }
    func totalBytes(at path: String) throws(FileError) -> UInt64 { try base.totalBytes(at: path) }
    func identity(of path: String) throws(FileError) -> FileIdentity? { try base.identity(of: path) }
    func checkWritable(_ path: String) throws(FileError) { try base.checkWritable(path) }
}

extension FileError {
    /// Whether the disk has no room, or no more for this user.
    var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
}

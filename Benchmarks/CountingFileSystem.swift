import KTSDB
import KTSDBTesting
import Synchronization

/// A simulated disk on the heap that counts what is written to it, by the kind of file: what stands behind the last dot of
/// a name.
final class CountingFileSystem: FileSystem {
    private let base = MemoryFileSystem()
    private let counts = Mutex<[String: UInt64]>([:])

    /// Bytes given to `write`, by the kind of file.
    var written: [String: UInt64] { counts.withLock { $0 } }

    fileprivate func count(_ byteCount: Int, _ path: String) {
        let name = path.split(separator: "/").last ?? ""
        let kind = String(name.split(separator: ".").last ?? "")
        counts.withLock { $0[kind, default: 0] += UInt64(byteCount) }
    }

    func create(_ path: String) throws(FileError) -> any WritableFile {
        CountingFile(try base.create(path), path, self)
    }
    func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        CountingFile(try base.openForAppending(path), path, self)
    }
    func createDirectory(_ path: String) throws(FileError) { try base.createDirectory(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    func open(_ path: String) throws(FileError) -> any ReadableFile { try base.open(path) }
    func rename(_ source: String, to target: String) throws(FileError) { try base.rename(source, to: target) }
    func link(_ source: String, to target: String) throws(FileError) { try base.link(source, to: target) }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func syncDirectory(_ directory: String) throws(FileError) { try base.syncDirectory(directory) }
    func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
    func freeBytes(at path: String) throws(FileError) -> UInt64 { try base.freeBytes(at: path) }
}

private final class CountingFile: WritableFile {
    private let base: any WritableFile
    private let path: String
    private let files: CountingFileSystem

    init(_ base: any WritableFile, _ path: String, _ files: CountingFileSystem) {
        self.base = base
        self.path = path
        self.files = files
    }

    var byteCount: UInt64 { base.byteCount }
    func write(_ bytes: RawSpan) throws(FileError) -> Int {
        let written = try base.write(bytes)
        files.count(written, path)
        return written
    }
    func reserve(upTo byteCount: UInt64) { base.reserve(upTo: byteCount) }
    func sync() throws(FileError) { try base.sync() }
    func truncate(to byteCount: UInt64) throws(FileError) { try base.truncate(to: byteCount) }
    func close() { base.close() }
}

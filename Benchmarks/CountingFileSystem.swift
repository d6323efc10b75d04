import KTSDB
import Synchronization

/// The real file system, and how many bytes were written below which directory.
final class CountingFileSystem: FileSystem {
    private let base = POSIXFileSystem()
    private let counts = Mutex<[String: UInt64]>([:])

    /// Bytes written to files whose path has `part` in it.
    func byteCount(of part: String) -> UInt64 {
        counts.withLock { $0.filter { $0.key.contains(part) }.values.reduce(0, +) }
    }

    private final class File: WritableFile {
        let base: any WritableFile
        let count: @Sendable (Int) -> Void

        init(_ base: any WritableFile, _ count: @escaping @Sendable (Int) -> Void) {
            self.base = base
            self.count = count
        }

        var byteCount: UInt64 { base.byteCount }
        func write(_ bytes: RawSpan) throws(FileError) -> Int {
            let written = try base.write(bytes)
            count(written)
            return written
        }
        func reserve(upTo byteCount: UInt64) { base.reserve(upTo: byteCount) }
        func sync() throws(FileError) { try base.sync() }
        func truncate(to byteCount: UInt64) throws(FileError) { try base.truncate(to: byteCount) }
        func close() { base.close() }
    }

    private func counted(_ file: any WritableFile, _ path: String) -> any WritableFile {
        File(file) { [weak self] written in self?.counts.withLock { $0[path, default: 0] += UInt64(written) } }
    }

    func createDirectory(_ path: String) throws(FileError) { try base.createDirectory(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    func create(_ path: String) throws(FileError) -> any WritableFile { counted(try base.create(path), path) }
    func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        counted(try base.openForAppending(path), path)
    }
    func open(_ path: String) throws(FileError) -> any ReadableFile { try base.open(path) }
    func rename(_ source: String, to target: String) throws(FileError) { try base.rename(source, to: target) }
    func link(_ source: String, to target: String) throws(FileError) { try base.link(source, to: target) }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func syncDirectory(_ directory: String) throws(FileError) { try base.syncDirectory(directory) }
    func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
    func freeBytes(at path: String) throws(FileError) -> UInt64 { try base.freeBytes(at: path) }
}

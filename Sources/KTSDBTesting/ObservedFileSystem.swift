package import KTSDBEngine
package import Synchronization

/// Wraps another file system and observes which files are created, how many bytes are written to each, and when they
/// are made durable.
package final class ObservedFileSystem: FileSystem {
    private let base: any FileSystem
    private let counts = Mutex<[String: UInt64]>([:])

    /// Called with the path of each new file, before it is created.
    package let onCreate = Mutex<(@Sendable (String) -> Void)?>(nil)
    /// Called before what was written to a file is made durable. It may wait, as for a disk that is slow.
    package let onSync = Mutex<(@Sendable () -> Void)?>(nil)

    /// Creates a file system that passes everything on to `base`.
    package init(_ base: any FileSystem) { self.base = base }

    /// Returns the number of bytes written so far to files whose path contains `part`.
    package func byteCount(of part: String) -> UInt64 {
        counts.withLock { $0.filter { $0.key.contains(part) }.values.reduce(0, +) }
    }

    private final class File: WritableFile {
        let base: any WritableFile
        let count: @Sendable (Int) -> Void
        let willSync: @Sendable () -> Void

        init(
            _ base: any WritableFile, _ count: @escaping @Sendable (Int) -> Void,
            _ willSync: @escaping @Sendable () -> Void
        ) {
            self.base = base
            self.count = count
            self.willSync = willSync
        }

        var byteCount: UInt64 { base.byteCount }
        func write(_ bytes: RawSpan) throws(FileError) -> Int {
            let written = try base.write(bytes)
            count(written)
            return written
        }
        func reserve(upTo byteCount: UInt64) { base.reserve(upTo: byteCount) }
        func allocate(_ byteCount: UInt64) throws(FileError) { try base.allocate(byteCount) }
        func sync() throws(FileError) {
            willSync()
            try base.sync()
        }
        func truncate(to byteCount: UInt64) throws(FileError) { try base.truncate(to: byteCount) }
        func identity() throws(FileError) -> FileIdentity { try base.identity() }
        func close() { base.close() }
    }

    private func counted(_ file: any WritableFile, _ path: String) -> any WritableFile {
        File(
            file, { [weak self] written in self?.counts.withLock { $0[path, default: 0] += UInt64(written) } },
            { [weak self] in self?.onSync.withLock { $0 }?() })
    }

    package func createDirectory(_ path: String) throws(FileError) { try base.createDirectory(path) }
    package func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    package func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    package func create(_ path: String) throws(FileError) -> any WritableFile {
        onCreate.withLock { $0 }?(path)
        return counted(try base.create(path), path)
    }
    package func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        counted(try base.openForAppending(path), path)
    }
    package func open(_ path: String) throws(FileError) -> any ReadableFile { try base.open(path) }
    package func rename(_ source: String, to target: String) throws(FileError) {
        try base.rename(source, to: target)
    }
    package func link(_ source: String, to target: String) throws(FileError) { try base.link(source, to: target) }
    package func remove(_ path: String) throws(FileError) { try base.remove(path) }
    package func syncDirectory(_ directory: String) throws(FileError) {
        onSync.withLock { $0 }?()
        try base.syncDirectory(directory)
    }
    package func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
    package func freeBytes(at path: String) throws(FileError) -> UInt64 { try base.freeBytes(at: path) }
    package func totalBytes(at path: String) throws(FileError) -> UInt64 { try base.totalBytes(at: path) }
    package func identity(of path: String) throws(FileError) -> FileIdentity? { try base.identity(of: path) }
    package func checkWritable(_ path: String) throws(FileError) { try base.checkWritable(path) }
}

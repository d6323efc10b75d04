import KTSDB
import Synchronization

/// A file system that tells a test which files are created, before they are.
final class HookedFileSystem: FileSystem {
    private let base: any FileSystem
    let onCreate = Mutex<(@Sendable (String) -> Void)?>(nil)

    init(_ base: any FileSystem) { self.base = base }

    func createDirectory(_ path: String) throws(FileError) { try base.createDirectory(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    func create(_ path: String) throws(FileError) -> any WritableFile {
        onCreate.withLock { $0 }?(path)
        return try base.create(path)
    }
    func openForAppending(_ path: String) throws(FileError) -> any WritableFile { try base.openForAppending(path) }
    func open(_ path: String) throws(FileError) -> any ReadableFile { try base.open(path) }
    func rename(_ source: String, to target: String) throws(FileError) { try base.rename(source, to: target) }
    func link(_ source: String, to target: String) throws(FileError) { try base.link(source, to: target) }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func syncDirectory(_ directory: String) throws(FileError) { try base.syncDirectory(directory) }
    func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
    func freeBytes(at path: String) throws(FileError) -> UInt64 { try base.freeBytes(at: path) }
}

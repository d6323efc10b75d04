internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// Shows another file system's files and leaves them unchanged: what is written, renamed or removed changes only in
/// memory.
///
/// A file is copied when it is first written to. Directories can be created and removed, not renamed.
package final class OverlayFileSystem: FileSystem {
    private let base: any FileSystem
    private let takeLock: @Sendable (String) throws(FileError) -> any FileLock
    private let changes = MemoryFileSystem()
    /// Names of the base that are hidden because they were removed or renamed.
    private let removed = Mutex<Set<String>>([])

    /// Creates an overlay; `lock` keeps others from changing the files meanwhile, without changing anything itself.
    package init(
        over base: any FileSystem, lock: @escaping @Sendable (String) throws(FileError) -> any FileLock
    ) {
        self.base = base
        takeLock = lock
    }

    private func isRemoved(_ path: String) -> Bool {
        let path = FilePath.normalized(path)
        return removed.withLock { $0.contains(path) }
    }

    /// Whether the base's file or directory still exists.
    private func isInBase(_ path: String) throws(FileError) -> Bool {
        guard !isRemoved(path) else { return false }
        return try base.exists(path)
    }

    package func createDirectory(_ path: String) throws(FileError) {
        try changes.createDirectory(path)
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        var names: Set<String> = []
        if try isInBase(directory) {
            for name in try base.list(directory) where !isRemoved("\(directory)/\(name)") {
                names.insert(name)
            }
        } else if try !changes.exists(directory) {
            throw FileError(directory, "list", ENOENT)
        }
        if try changes.exists(directory) { names.formUnion(try changes.list(directory)) }
        return names.sorted()
    }

    package func exists(_ path: String) throws(FileError) -> Bool {
        if try changes.exists(path) { return true }
        return try isInBase(path)
    }

    package func create(_ path: String) throws(FileError) -> any WritableFile {
        guard try !exists(path) else { throw FileError(path, "create", EEXIST) }
        if let parent = FilePath.parent(of: path), try isInBase(parent) {
            try changes.createDirectory(parent)
        }
        return try changes.create(path)
    }

    package func openForAppending(_ path: String) throws(FileError) -> any WritableFile {
        try copyUp(path)
        return try changes.openForAppending(path)
    }

    package func open(_ path: String) throws(FileError) -> any ReadableFile {
        if try changes.exists(path) { return try changes.open(path) }
        guard !isRemoved(path) else { throw FileError(path, "open", ENOENT) }
        return try base.open(path)
    }

    package func rename(_ source: String, to target: String) throws(FileError) {
        try copyUp(source)
        try changes.rename(source, to: target)
        hide(source)
    }

    package func link(_ source: String, to target: String) throws(FileError) {
        guard try !exists(target) else { throw FileError(target, "link", EEXIST) }
        try copyUp(source)
        try changes.link(source, to: target)
    }

    package func remove(_ path: String) throws(FileError) {
        guard try exists(path) else { throw FileError(path, "remove", ENOENT) }
        if let names = try? list(path), !names.isEmpty { throw FileError(path, "remove", ENOTEMPTY) }
        if try changes.exists(path) { try changes.remove(path) }
        hide(path)
    }

    package func syncDirectory(_ directory: String) throws(FileError) {
        guard try exists(directory) else { throw FileError(directory, "sync directory", ENOENT) }
    }

    package func lock(_ path: String) throws(FileError) -> any FileLock { try takeLock(path) }

    package func freeBytes(at path: String) throws(FileError) -> UInt64 {
        try changes.freeBytes(at: path)
    }

    package func totalBytes(at path: String) throws(FileError) -> UInt64 {
        try base.totalBytes(at: path)
    }

    package func identity(of path: String) throws(FileError) -> FileIdentity? {
        if let changed = try changes.identity(of: path) { return changed }
        return isRemoved(path) ? nil : try base.identity(of: path)
    }

    package func checkWritable(_ path: String) throws(FileError) {
        guard try exists(path) else { throw FileError(path, "check", ENOENT) }
    }

    private func hide(_ path: String) {
        let path = FilePath.normalized(path)
        removed.withLock { _ = $0.insert(path) }
    }

    /// Copies a file into the changes, unless it is there already.
    private func copyUp(_ path: String) throws(FileError) {
        guard try !changes.exists(path) else { return }
        guard try isInBase(path) else { throw FileError(path, "open", ENOENT) }
        let bytes = try base.open(path).readAll()
        if let parent = FilePath.parent(of: path) { try changes.createDirectory(parent) }
        try changes.create(path).writeAll(bytes.span.rawBytes)
    }
}

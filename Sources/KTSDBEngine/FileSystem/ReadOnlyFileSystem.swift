internal import CLibrary
internal import KTSDBModel

/// Shows the files of another file system, and refuses every call that would change one: for a reader of files that
/// another process is writing.
///
/// Files that the writer may cut are copied where others are mapped: touching a page of a mapping that is no longer in
/// the file would end the process.
package final class ReadOnlyFileSystem: FileSystem {
    private let base: any FileSystem
    private let mayMap: @Sendable (String) -> Bool

    /// Shows the files of `base`; `mayMap` says which paths lead to files that are never cut.
    package init(over base: any FileSystem, mayMap: @escaping @Sendable (String) -> Bool) {
        self.base = base
        self.mayMap = mayMap
    }

    private func refuse(_ path: String, _ operation: String) -> FileError { FileError(path, operation, EROFS) }

    package func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    package func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    package func freeBytes(at path: String) throws(FileError) -> UInt64 { try base.freeBytes(at: path) }
    package func totalBytes(at path: String) throws(FileError) -> UInt64 { try base.totalBytes(at: path) }
    package func identity(of path: String) throws(FileError) -> FileIdentity? { try base.identity(of: path) }

    package func open(_ path: String) throws(FileError) -> any ReadableFile {
        let file = try base.open(path)
        return mayMap(path) ? file : CopiedFile(file, path)
    }

    package func createDirectory(_ path: String) throws(FileError) { throw refuse(path, "create directory") }
    package func create(_ path: String) throws(FileError) -> any WritableFile { throw refuse(path, "create") }
    package func openForAppending(_ path: String) throws(FileError) -> any WritableFile { throw refuse(path, "open") }
    package func rename(_ source: String, to target: String) throws(FileError) { throw refuse(source, "rename") }
    package func link(_ source: String, to target: String) throws(FileError) { throw refuse(source, "link") }
    package func remove(_ path: String) throws(FileError) { throw refuse(path, "remove") }
    package func syncDirectory(_ directory: String) throws(FileError) { throw refuse(directory, "sync directory") }
    package func lock(_ path: String) throws(FileError) -> any FileLock { throw refuse(path, "lock") }
    package func checkWritable(_ path: String) throws(FileError) { throw refuse(path, "check") }
}

/// A file whose mappings are copies.
private final class CopiedFile: ReadableFile {
    private let base: any ReadableFile
    private let path: String

    init(_ base: any ReadableFile, _ path: String) {
        self.base = base
        self.path = path
    }

    var byteCount: UInt64 { base.byteCount }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(FileError) -> Int {
        try base.read(at: offset, into: &bytes)
    }

    func map(at offset: UInt64, count: Int) throws(FileError) -> MappedRegion {
        // The caller knows the file's length, but not that it is still that long.
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        var span = bytes.mutableSpan
        var raw = span.rawMutableBytes
        let found = try base.read(at: offset, into: &raw)
        guard found == count else {
            throw FileError(
                path: path, operation: "read", code: EINVAL, detail: "\(found) of \(count) bytes at \(offset)")
        }
        return MappedRegion(copying: bytes.span.rawBytes)
    }
}

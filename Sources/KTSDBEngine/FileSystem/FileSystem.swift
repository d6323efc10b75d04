internal import CLibrary
internal import KTSDBModel

/// Everything that the engine asks of the operating system about files.
///
/// Four implementations exist: `POSIXFileSystem`, `MemoryFileSystem` for databases without a directory,
/// `OverlayFileSystem` for those that are only read, and the simulated disk of the tests, which keeps written and
/// synced bytes apart and can fail or crash at any call. `RoomMakingFileSystem` or `ReadOnlyFileSystem` is around one
/// of them. All of them are safe for use by any number of threads at once.
///
/// Paths are plain strings with `/`. Every call blocks; ARCHITECTURE.md says which locks may be held over one.
package protocol FileSystem: Sendable {
    /// Creates a directory, and its parents if they are missing; succeeds if it already exists.
    func createDirectory(_ path: String) throws(FileError)
    /// Returns the names of the entries of a directory, sorted.
    func list(_ directory: String) throws(FileError) -> [String]
    /// Returns whether a file or directory exists.
    func exists(_ path: String) throws(FileError) -> Bool
    /// Creates a file that must not exist yet and opens it for writing.
    func create(_ path: String) throws(FileError) -> any WritableFile
    /// Opens an existing file for writing at its end.
    func openForAppending(_ path: String) throws(FileError) -> any WritableFile
    /// Opens an existing file for reading.
    func open(_ path: String) throws(FileError) -> any ReadableFile
    /// Replaces `target` with `source`, at one moment for everyone who looks.
    func rename(_ source: String, to target: String) throws(FileError)
    /// Gives the file `source` the second name `target` (a hard link; a copy where the disk has no hard links).
    func link(_ source: String, to target: String) throws(FileError)
    /// Removes a file, or an empty directory.
    func remove(_ path: String) throws(FileError)
    /// Makes creations, renames and removals in `directory` durable.
    func syncDirectory(_ directory: String) throws(FileError)
    /// Takes the exclusive lock on `path`, creating the file, until the returned lock is released or the process ends.
    /// - Throws: ``FileError`` with `EWOULDBLOCK` as its code and the holder's process id, if known, in its detail.
    func lock(_ path: String) throws(FileError) -> any FileLock
    /// Returns how many bytes can still be written on the disk of `path`.
    func freeBytes(at path: String) throws(FileError) -> UInt64
    /// Returns how many bytes the disk of `path` has in total, used or free.
    func totalBytes(at path: String) throws(FileError) -> UInt64
    /// Returns which file or directory has this name now; nil when none has.
    func identity(of path: String) throws(FileError) -> FileIdentity?
    /// Makes sure that the file, or files in the directory, may be written; says nothing about whether there is room.
    /// - Throws: ``FileError`` with `EROFS`, `EACCES` or `EPERM` as its code when they may not.
    func checkWritable(_ path: String) throws(FileError)
}

/// What a name leads to, whatever the name is: two names with equal identities lead to one file, and a name whose
/// identity has changed leads to another file than before.
package struct FileIdentity: Hashable, Sendable {
    /// The disk, or the mount.
    package var device: UInt64
    /// The file's number there (its inode).
    package var number: UInt64

    package init(device: UInt64, number: UInt64) {
        self.device = device
        self.number = number
    }
}

/// A file open for writing at its end. Used by one thread at a time, except that `sync` may run during a `write`.
package protocol WritableFile: AnyObject, Sendable {
    /// The number of bytes in the file.
    var byteCount: UInt64 { get }
    /// Appends the bytes and returns how many were written: fewer than asked for when the disk is nearly full.
    func write(_ bytes: RawSpan) throws(FileError) -> Int
    /// Reserves space up to `byteCount` without changing the file's length; a hint that may do nothing.
    func reserve(upTo byteCount: UInt64)
    /// Takes room on the disk for `byteCount` bytes, used or not, until the file is removed. Where the disk cannot
    /// reserve room, zeros are written, which makes the file longer.
    func allocate(_ byteCount: UInt64) throws(FileError)
    /// Makes what has been written durable (fdatasync).
    func sync() throws(FileError)
    /// Cuts the file; later writes go to the new end.
    func truncate(to byteCount: UInt64) throws(FileError)
    /// Returns which file it is, whatever has happened to its name.
    func identity() throws(FileError) -> FileIdentity
    /// Closes the file; later calls of anything else fail.
    func close()
}

/// A file open for reading at any offset, by any number of threads at once.
package protocol ReadableFile: AnyObject, Sendable {
    /// The number of bytes in the file when it was opened.
    var byteCount: UInt64 { get }
    /// Reads up to `bytes.byteCount` bytes from `offset`; fewer only at the end of the file.
    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(FileError) -> Int
    /// The file's bytes from `offset` on, mapped or copied; they stay readable for as long as the region lives.
    func map(at offset: UInt64, count: Int) throws(FileError) -> MappedRegion
}

/// A lock on a directory; released when this object is freed, or by `release()`.
package protocol FileLock: AnyObject, Sendable {
    /// Whether the holder before ended without releasing the lock.
    var wasAbandoned: Bool { get }

    func release()
}

extension FileLock {
    package var wasAbandoned: Bool { false }
}

/// A failed call of the operating system.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or directory.
    package var path: String
    /// What was tried: "write", "open", …
    package var operation: String
    /// The system's errno.
    package var code: Int32
    /// More about the failure, if there is more to say; otherwise empty.
    package var detail: String

    package init(path: String, operation: String, code: Int32, detail: String = "") {
        self.path = path
        self.operation = operation
        self.code = code
        self.detail = detail
    }

    package var description: String {
        "\(path): \(operation) failed (\(detail.isEmpty ? SystemCall.message(code) : "\(SystemCall.message(code)); \(detail)"))"
    }
}

extension WritableFile {
    /// Appends all of the bytes.
    /// - Throws: ``FileError``; with the code `ENOSPC` when fewer bytes were written. The file then ends with a part of
    ///   them.
    package func writeAll(_ bytes: RawSpan) throws(FileError) {
        let written = try write(bytes)
        guard written < bytes.byteCount else { return }
        throw FileError(
            path: "", operation: "write", code: 28, detail: "\(written) of \(bytes.byteCount) bytes written")
    }
}

extension ReadableFile {
    /// Returns all bytes of the file.
    package func readAll() throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(byteCount))
        var span = bytes.mutableSpan
        var raw = span.rawMutableBytes
        let count = try read(at: 0, into: &raw)
        if count < bytes.count { bytes.removeLast(bytes.count - count) }
        return bytes
    }
}

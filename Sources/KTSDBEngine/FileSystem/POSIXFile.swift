internal import CKernels
internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// An open file descriptor, closed when its last user releases it. Safe for use by any number of threads at once.
final class Descriptor: Sendable {
    let path: String
    /// The number the system gave, or -1 after `close`.
    private let number: Atomic<Int32>

    init(_ path: String, _ flags: Int32, operation: String) throws(FileError) {
        var opened: Int32
        repeat { opened = SystemCall.openFile(path, flags | O_CLOEXEC) } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw FileError(path, operation, errno) }
        self.path = path
        number = Atomic(opened)
    }

    deinit { close() }

    /// Closes the file; calls after that fail with `EBADF`.
    func close() {
        let old = number.exchange(-1, ordering: .acquiringAndReleasing)
        if old >= 0 { _ = CLibrary.close(old) }
    }

    /// Returns the result of a system call on the descriptor, repeated for as long as a signal interrupts it.
    func retrying<Result: SignedInteger>(_ call: (Int32) -> Result) -> Result {
        while true {
            let result = call(number.load(ordering: .acquiring))
            guard result < 0, errno == EINTR else { return result }
        }
    }

    func fileByteCount() throws(FileError) -> UInt64 {
        var status = stat()
        guard retrying({ SystemCall.fileStatus($0, &status) }) == 0 else { throw FileError(path, "look up", errno) }
        return UInt64(status.st_size)
    }

    func identity() throws(FileError) -> FileIdentity {
        var status = stat()
        guard retrying({ SystemCall.fileStatus($0, &status) }) == 0 else { throw FileError(path, "look up", errno) }
        return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    /// Returns the first line of a short text file; empty when it cannot be read.
    func firstLine() -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        var span = bytes.mutableSpan
        var room = span.rawMutableBytes
        let count = read(at: 0, into: &room, from: 0)
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 32 }, as: UTF8.self)
    }

    /// Replaces the whole content of a short text file with `text`, as far as the disk allows.
    func replaceContents(with text: String) {
        guard retrying({ ftruncate($0, 0) }) == 0 else { return }
        let bytes = Array(text.utf8)
        _ = retrying { SystemCall.writeBytes($0, at: 0, bytes) }
    }

    /// Reads at most as many bytes as `bytes` has from `start` on; the result is as that of `pread`.
    func read(at offset: off_t, into bytes: inout MutableRawSpan, from start: Int) -> Int {
        while true {
            let count = SystemCall.readBytes(
                number.load(ordering: .acquiring), at: offset, into: &bytes, from: start)
            guard count < 0, errno == EINTR else { return count }
        }
    }

    /// Maps `count` bytes from `offset` on, all of which are in the file; nil on a failure.
    func map(at offset: UInt64, count: Int) -> MappedRegion? {
        while true {
            let region = MappedRegion(number.load(ordering: .acquiring), at: offset, count: count)
            guard region == nil, errno == EINTR else { return region }
        }
    }

    /// Writes some of `bytes`; the result is as that of `write`.
    func write(_ bytes: RawSpan) -> Int {
        while true {
            let count = SystemCall.writeBytes(number.load(ordering: .acquiring), bytes)
            guard count < 0, errno == EINTR else { return count }
        }
    }
}

/// A file open for appending. The descriptor is in append mode, so that a write always goes to the end.
final class POSIXWritableFile: WritableFile {
    private let descriptor: Descriptor
    private let size: Atomic<UInt64>

    init(_ descriptor: Descriptor, byteCount: UInt64) {
        self.descriptor = descriptor
        size = Atomic(byteCount)
    }

    var byteCount: UInt64 { size.load(ordering: .acquiring) }

    func write(_ bytes: RawSpan) throws(FileError) -> Int {
        var written = 0
        while written < bytes.byteCount {
            let rest = bytes.extracting(droppingFirst: written)
            let count = descriptor.write(rest)
            guard count > 0 else {
                // Part of it is on the disk: the caller sees a short write and cuts it off.
                if written > 0 { break }
                throw FileError(descriptor.path, "write", count < 0 ? errno : ENOSPC)
            }
            written += count
            size.add(UInt64(count), ordering: .acquiringAndReleasing)
        }
        return written
    }

    func reserve(upTo byteCount: UInt64) {
        let keepSize: Int32 = 1  // FALLOC_FL_KEEP_SIZE
        _ = descriptor.retrying { ktsdb_fallocate($0, keepSize, 0, Int64(clamping: byteCount)) }
    }

    func allocate(_ byteCount: UInt64) throws(FileError) {
        let keepSize: Int32 = 1  // FALLOC_FL_KEEP_SIZE
        let length = Int64(clamping: byteCount)
        guard descriptor.retrying({ ktsdb_fallocate($0, keepSize, 0, length) }) != 0 else { return }
        guard errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL else {
            throw FileError(descriptor.path, "allocate", errno)
        }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        while self.byteCount < byteCount {
            let count = min(zeros.count, Int(clamping: byteCount - self.byteCount))
            try writeAll(zeros.span.rawBytes.extracting(0..<count))
        }
    }

    func sync() throws(FileError) {
        guard descriptor.retrying({ fdatasync($0) }) == 0 else { throw FileError(descriptor.path, "sync", errno) }
    }

    func truncate(to byteCount: UInt64) throws(FileError) {
        guard descriptor.retrying({ ftruncate($0, off_t(clamping: byteCount)) }) == 0 else {
            throw FileError(descriptor.path, "truncate", errno)
        }
        size.store(byteCount, ordering: .releasing)
    }

    func identity() throws(FileError) -> FileIdentity { try descriptor.identity() }

    func close() { descriptor.close() }
}

/// A file open for reading.
final class POSIXReadableFile: ReadableFile {
    private let descriptor: Descriptor
    let byteCount: UInt64

    init(_ descriptor: Descriptor, byteCount: UInt64) {
        self.descriptor = descriptor
        self.byteCount = byteCount
    }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(FileError) -> Int {
        guard let start = off_t(exactly: offset) else { return 0 }
        var done = 0
        while done < bytes.byteCount {
            let count = descriptor.read(at: start + off_t(done), into: &bytes, from: done)
            guard count >= 0 else { throw FileError(descriptor.path, "read", errno) }
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    func map(at offset: UInt64, count: Int) throws(FileError) -> MappedRegion {
        // A mapping beyond the end of the file would end the process at the first touch, so the size is asked anew.
        let size = try descriptor.fileByteCount()
        guard count >= 0, offset <= size, UInt64(count) <= size - offset else {
            throw FileError(
                path: descriptor.path, operation: "map", code: EINVAL,
                detail: "\(count) bytes at \(offset) of \(size) bytes")
        }
        guard count > 0 else { return MappedRegion(sharing: HeapStorage(capacity: 0), at: 0, count: 0) }
        guard let region = descriptor.map(at: offset, count: count) else {
            throw FileError(descriptor.path, "map", errno)
        }
        return region
    }
}

/// A lock taken with flock(2): it ends with the process, whatever happens to it.
final class POSIXFileLock: FileLock {
    let wasAbandoned: Bool
    private let descriptor: Descriptor

    init(_ descriptor: Descriptor, wasAbandoned: Bool) {
        self.descriptor = descriptor
        self.wasAbandoned = wasAbandoned
    }

    func release() {
        descriptor.replaceContents(with: "")
        descriptor.close()
    }

    deinit { release() }
}

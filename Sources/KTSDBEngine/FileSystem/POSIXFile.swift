internal import CKernels
internal import CLibrary
internal import Synchronization

/// An open file descriptor, closed when its last user releases it. Safe for use by any number of threads at once.
final class Descriptor: Sendable {
    let path: String
    /// The number the system gave, or -1 after `close`.
    private let number: Atomic<Int32>

    init(_ path: String, _ flags: Int32, operation: String) throws(FileError) {
        var opened: Int32
        repeat { opened = unsafe open(path, flags | O_CLOEXEC, 0o644) } while opened < 0 && errno == EINTR
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
        guard retrying({ unsafe fstat($0, &status) }) == 0 else { throw FileError(path, "look up", errno) }
        return UInt64(status.st_size)
    }

    func identity() throws(FileError) -> FileIdentity {
        var status = stat()
        guard retrying({ unsafe fstat($0, &status) }) == 0 else { throw FileError(path, "look up", errno) }
        return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    /// Returns the first line of a short text file; empty when it cannot be read.
    func firstLine() -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = retrying { descriptor in
            unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        }
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 32 }, as: UTF8.self)
    }

    /// Replaces the whole content of a short text file with `text`, as far as the disk allows.
    func replaceContents(with text: String) {
        guard retrying({ ftruncate($0, 0) }) == 0 else { return }
        let bytes = Array(text.utf8)
        _ = retrying { descriptor in
            unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
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
            // SAFETY: the pointer is used during the call only.
            let count = unsafe rest.withUnsafeBytes { buffer in
                descriptor.retrying { unsafe CLibrary.write($0, buffer.baseAddress, buffer.count) }
            }
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
        // SAFETY: the pointer is used during the call only, within the buffer's bounds.
        let read = unsafe bytes.withUnsafeMutableBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = descriptor.retrying { number in
                    unsafe pread(number, buffer.baseAddress! + done, buffer.count - done, start + off_t(done))
                }
                guard count >= 0 else { return -1 }
                guard count > 0 else { break }
                done += count
            }
            return done
        }
        guard read >= 0 else { throw FileError(descriptor.path, "read", errno) }
        return read
    }

    func map(at offset: UInt64, count: Int) throws(FileError) -> any MappedRegion {
        // A mapping beyond the end of the file would end the process at the first access, so the size is read again.
        let size = try descriptor.fileByteCount()
        guard count >= 0, offset <= size, UInt64(count) <= size - offset else {
            throw FileError(
                path: descriptor.path, operation: "map", code: EINVAL,
                detail: "\(count) bytes at \(offset) of \(size) bytes")
        }
        guard count > 0 else { return HeapRegion(sharing: HeapStorage(capacity: 0), at: 0, count: 0) }
        let pageMask = UInt64(sysconf(Int32(_SC_PAGESIZE)) - 1)
        let skipped = Int(offset & pageMask)
        let start = unsafe descriptor.retryingMap {
            unsafe mmap(nil, count + skipped, PROT_READ, MAP_SHARED, $0, off_t(offset & ~pageMask))
        }
        guard let start = unsafe start else { throw FileError(descriptor.path, "map", errno) }
        return unsafe MappedFileRegion(mapping: start, skipped: skipped, byteCount: count)
    }
}

extension Descriptor {
    /// Returns the address of a mapping of the descriptor, or nil with errno set.
    func retryingMap(_ call: (Int32) -> UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        var address: UnsafeMutableRawPointer?
        _ = retrying { number -> Int32 in
            unsafe address = call(number)
            return unsafe address == MAP_FAILED ? -1 : 0
        }
        return unsafe address == MAP_FAILED ? nil : address
    }
}

/// Pages of a file, mapped for as long as the region lives.
///
/// `@unchecked Sendable`: the pages are never written through the mapping.
@safe
final class MappedFileRegion: MappedRegion, @unchecked Sendable {
    let byteCount: Int
    private let mapping: UnsafeMutableRawPointer
    private let skipped: Int

    /// Takes over a mapping that starts `skipped` bytes before the region.
    init(mapping: UnsafeMutableRawPointer, skipped: Int, byteCount: Int) {
        unsafe self.mapping = mapping
        self.skipped = skipped
        self.byteCount = byteCount
    }

    @unsafe var baseAddress: UnsafeRawPointer { unsafe UnsafeRawPointer(mapping + skipped) }

    // SAFETY: whoever reads through `baseAddress` keeps the region alive, as its contract says.
    deinit { unsafe _ = munmap(mapping, byteCount + skipped) }
}

/// A lock taken with flock(2): it ends with the process, however the process ends.
final class POSIXFileLock: FileLock {
    private let descriptor: Descriptor

    init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    func release() {
        descriptor.replaceContents(with: "")
        descriptor.close()
    }

    deinit { release() }
}

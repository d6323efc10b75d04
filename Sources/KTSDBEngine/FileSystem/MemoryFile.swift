internal import CLibrary
internal import Synchronization

/// The bytes of one file on the heap.
///
/// Bytes below the count never change in place: growing and cutting move to new storage while a region may hold the
/// old one, so regions share the storage without copying.
final class MemoryFile: Sendable {
    let path: String
    private let state = Mutex((storage: HeapStorage(capacity: 0), count: 0))

    init(path: String) { self.path = path }

    var byteCount: Int { state.withLock { $0.count } }

    /// The identity of the file; no two files have the same.
    var identity: FileIdentity { FileIdentity(device: 0, number: UInt64(UInt(bitPattern: ObjectIdentifier(self)))) }

    func append(_ bytes: RawSpan) {
        // A span cannot be captured, so the lock is taken by hand around the copy.
        let (storage, count) = room(for: bytes.byteCount)
        storage.copy(bytes, to: count)
        state.withLock { $0.count = count + bytes.byteCount }
    }

    /// Returns storage with room for `extra` more bytes. Only the file's one writer calls it.
    private func room(for extra: Int) -> (HeapStorage, Int) {
        state.withLock { state in
            if state.storage.capacity - state.count < extra {
                state.storage = HeapStorage(
                    copying: state.storage, count: state.count,
                    capacity: max(state.count + extra, state.count * 2, 256))
            }
            return (state.storage, state.count)
        }
    }

    func truncate(to count: Int) {
        state.withLock { state in
            state.storage = HeapStorage(copying: state.storage, count: min(count, state.count), capacity: count)
            state.count = count
        }
    }

    /// Gives back spare room once the file is written.
    func trim() {
        state.withLock { state in
            guard state.storage.capacity > state.count + state.count / 8 else { return }
            state.storage = HeapStorage(copying: state.storage, count: state.count, capacity: state.count)
        }
    }

    /// Returns the storage and how many of its bytes belong to the file.
    func contents() -> (HeapStorage, Int) { state.withLock { ($0.storage, $0.count) } }
}

final class MemoryWritableFile: WritableFile {
    private let file: MemoryFile
    private let isClosed = Atomic(false)

    init(_ file: MemoryFile) { self.file = file }

    var byteCount: UInt64 { UInt64(file.byteCount) }

    func write(_ bytes: RawSpan) throws(FileError) -> Int {
        try checkOpen("write")
        file.append(bytes)
        return bytes.byteCount
    }

    func reserve(upTo byteCount: UInt64) {}

    func allocate(_ byteCount: UInt64) throws(FileError) { try checkOpen("allocate") }

    func sync() throws(FileError) { try checkOpen("sync") }

    func truncate(to byteCount: UInt64) throws(FileError) {
        try checkOpen("truncate")
        file.truncate(to: Int(byteCount))
    }

    func identity() -> FileIdentity { file.identity }

    func close() {
        if !isClosed.exchange(true, ordering: .acquiringAndReleasing) { file.trim() }
    }

    private func checkOpen(_ operation: String) throws(FileError) {
        if isClosed.load(ordering: .acquiring) { throw FileError(file.path, operation, EBADF) }
    }
}

final class MemoryReadableFile: ReadableFile {
    private let path: String
    private let storage: HeapStorage
    private let count: Int

    init(_ file: MemoryFile) {
        path = file.path
        (storage, count) = file.contents()
    }

    var byteCount: UInt64 { UInt64(count) }

    func read(at offset: UInt64, into bytes: inout MutableRawSpan) throws(FileError) -> Int {
        guard offset < byteCount else { return 0 }
        let length = min(bytes.byteCount, count - Int(offset))
        storage.copy(from: Int(offset), count: length, into: &bytes)
        return length
    }

    func map(at offset: UInt64, count: Int) throws(FileError) -> MappedRegion {
        guard count >= 0, offset <= byteCount, count <= self.count - Int(offset) else {
            throw FileError(
                path: path, operation: "map", code: EINVAL, detail: "\(count) bytes at \(offset) of \(byteCount) bytes")
        }
        return MappedRegion(sharing: storage, at: Int(offset), count: count)
    }
}

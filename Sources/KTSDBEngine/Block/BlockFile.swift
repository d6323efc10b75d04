internal import KTSDBModel

/// The file of a block, open for reading; its errors are those of readers.
struct BlockFile: Sendable {
    let path: String
    /// Where damage that readers meet is noted.
    let damage: DamageLog
    private let file: any ReadableFile

    /// Opens the file.
    init(_ fileSystem: any FileSystem, _ path: String, damage: DamageLog) throws(ReadError) {
        self.path = path
        self.damage = damage
        do throws(FileError) { file = try fileSystem.open(path) } catch { throw ReadError(error, path) }
    }

    var byteCount: UInt64 { file.byteCount }

    /// Reads `count` bytes, all of which must be there.
    func read(at offset: UInt64, count: Int) throws(ReadError) -> PageBuffer {
        guard count >= 0, offset <= byteCount, UInt64(count) <= byteCount - offset else {
            throw damaged("\(count) bytes at \(offset) are not within its \(byteCount)")
        }
        var buffer = PageBuffer(byteCount: count)
        var read = 0
        do throws(FileError) {
            var target = buffer.mutableBytes
            read = try file.read(at: offset, into: &target)
        } catch {
            throw damage.note(ReadError(error, path))
        }
        guard read == count else { throw damaged("it ends at \(offset + UInt64(read)), within what should be there") }
        return buffer
    }

    /// Maps all bytes from `offset` on.
    func map(from offset: UInt64) throws(ReadError) -> any MappedRegion {
        do throws(FileError) { return try file.map(at: offset, count: Int(byteCount - offset)) } catch {
            throw ReadError(error, path)
        }
    }

    /// The error for bytes that are not what was written.
    func damaged(_ detail: String) -> ReadError { damage.note(.damaged(path: path, detail: detail)) }
}

extension ReadError {
    init(_ error: FileError, _ path: String) {
        self = .file(path: error.path.isEmpty ? path : error.path, operation: error.operation, code: error.code)
    }
}

/// Bytes read from a file, followed by as many zeros as the decoders want to be able to read.
@safe
struct PageBuffer: ~Copyable {
    private static let padding = max(
        ValueColumn.readablePadding, TimeColumn.readablePadding, AdaptiveColumn.readablePadding)

    let byteCount: Int
    private let base: UnsafeMutableRawPointer

    init(byteCount: Int) {
        self.byteCount = byteCount
        unsafe base = .allocate(byteCount: byteCount + Self.padding, alignment: 16)
        // SAFETY: just allocated with that much behind `byteCount`.
        unsafe (base + byteCount).initializeMemory(as: UInt8.self, repeating: 0, count: Self.padding)
    }

    deinit { unsafe base.deallocate() }

    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: as many bytes were allocated; the file fills them or the buffer is thrown away.
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: byteCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    var mutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            // SAFETY: as for `bytes`; the exclusive borrow forbids other access meanwhile.
            let span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: byteCount)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    var checksum: UInt32 { bytes.crc32c() }

    /// The address of the byte at `offset`, for decoders that read up to `padding` bytes behind the end.
    @unsafe
    borrowing func address(at offset: Int) -> UnsafeRawPointer {
        precondition(offset >= 0 && offset <= byteCount, "An address is within the buffer.")
        return unsafe UnsafeRawPointer(base + offset)
    }
}

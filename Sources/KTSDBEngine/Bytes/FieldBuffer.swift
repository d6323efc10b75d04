internal import CKernels
internal import KTSDBModel

/// A growing buffer of fields in the encodings of FORMAT.md, section 1. It has one allocation, which is reused.
struct FieldBuffer: ~Copyable, Sendable {
    private var arena: ByteArena

    init(capacity: Int = 0) { arena = ByteArena(capacity: max(capacity, 64)) }

    /// The number of bytes.
    var count: Int { arena.count }

    /// The bytes, for reading.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { arena.bytes }
    }

    /// Removes all bytes. Keeps the memory unless its capacity is more than `limit` bytes.
    mutating func removeAll(keepingUpTo limit: Int = .max) {
        arena.removeAll()
        if arena.capacity > limit { self = FieldBuffer() }
    }

    /// Removes all bytes from `count` on.
    mutating func truncate(to count: Int) { arena.truncate(to: count) }

    /// Reserves room for `extra` more bytes and returns its address. Call ``commit(_:)`` with the number of bytes
    /// written.
    @unsafe @inline(__always)
    mutating func room(for extra: Int) -> UnsafeMutableRawPointer {
        // SAFETY: the caller writes at most `extra` bytes.
        unsafe arena.room(for: extra)
    }

    /// Appends the first `written` bytes of the room that ``room(for:)`` returned.
    @inline(__always)
    mutating func commit(_ written: Int) { arena.commit(written) }

    /// Passes `limit` undefined bytes to `write`, and appends as many of them as it returns.
    @inline(__always)
    mutating func append<Failure: Error>(
        upTo limit: Int, _ write: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        try arena.append(upTo: limit, write)
    }

    mutating func append(_ byte: UInt8) { arena.append(byte) }

    mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Integer) {
        arena.append(littleEndian: value)
    }

    mutating func append(_ bytes: RawSpan) { arena.append(bytes) }

    mutating func append(contentsOf other: borrowing FieldBuffer) { arena.append(other.bytes) }

    mutating func append(varint value: UInt64) { arena.append(varint: value) }

    mutating func append(zigzag value: Int64) { append(varint: FieldCoding.zigzag(value)) }

    /// Appends `byte` `count` times.
    mutating func append(repeating byte: UInt8, count: Int) { arena.append(repeating: byte, count: count) }

    /// Overwrites existing bytes with an integer.
    mutating func replace<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int, littleEndian value: Integer) {
        arena.replace(at: offset, littleEndian: value)
    }
}

extension RawSpan {
    /// The bytes' CRC-32C, continued from the checksum of the bytes before them.
    func crc32c(continuing start: UInt32 = 0) -> UInt32 {
        // SAFETY: the bytes are read only during the call.
        unsafe withUnsafeBytes { unsafe ktsdb_crc32c(start, $0.baseAddress, $0.count) }
    }
}

extension FieldBuffer {
    /// Appends the bytes of a file from `offset` on, at most `byteCount`.
    mutating func append(_ file: any ReadableFile, from offset: Int = 0, byteCount: Int) throws(FileError) {
        guard byteCount > 0 else { return }
        // SAFETY: the span covers the reserved room, and does not escape.
        let start = unsafe room(for: byteCount)
        var span = unsafe MutableRawSpan(_unsafeStart: start, byteCount: byteCount)
        commit(try file.read(at: UInt64(offset), into: &span))
    }
}

internal import CKernels
internal import KTSDBModel

/// Bytes that grow, in the log's and the manifest's notation (FORMAT.md, section 1); one allocation, reused.
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

    /// Drops all bytes and keeps the memory, unless that is more than `limit`.
    mutating func removeAll(keepingUpTo limit: Int = .max) {
        arena.removeAll()
        if arena.capacity > limit { self = FieldBuffer() }
    }

    /// Drops all bytes from `count` on.
    mutating func truncate(to count: Int) { arena.truncate(to: count) }

    /// Makes room for `extra` more bytes and returns where they go; ``commit(_:)`` says how many were written.
    @unsafe @inline(__always)
    mutating func room(for extra: Int) -> UnsafeMutableRawPointer {
        // SAFETY: the caller writes no more than it asked for.
        unsafe arena.room(for: extra)
    }

    /// Counts `written` bytes that were written where ``room(for:)`` said.
    @inline(__always)
    mutating func commit(_ written: Int) { arena.commit(written) }

    /// Appends as many bytes as `write` says that it wrote to the bytes it gets, which are `limit` and undefined.
    @inline(__always)
    mutating func append<Failure: Error>(
        upTo limit: Int, _ write: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        try arena.append(upTo: limit, write)
    }

    mutating func append(_ byte: UInt8) { arena.append(byte) }

    /// Appends an integer, lowest byte first.
    mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Integer) {
        arena.append(littleEndian: value)
    }

    mutating func append(_ bytes: RawSpan) { arena.append(bytes) }

    mutating func append(contentsOf other: borrowing FieldBuffer) { arena.append(other.bytes) }

    mutating func append(varint value: UInt64) { arena.append(varint: value) }

    mutating func append(zigzag value: Int64) { append(varint: FieldCoding.zigzag(value)) }

    /// Appends `byte` `count` times.
    mutating func append(repeating byte: UInt8, count: Int) { arena.append(repeating: byte, count: count) }

    /// Writes an integer over bytes that are already there.
    mutating func replace<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int, littleEndian value: Integer) {
        arena.replace(at: offset, littleEndian: value)
    }
}

extension RawSpan {
    /// The bytes' CRC-32C, continued from the checksum of what stands before them.
    func crc32c(continuing start: UInt32 = 0) -> UInt32 {
        // SAFETY: the bytes are read during the call alone.
        unsafe withUnsafeBytes { unsafe ktsdb_crc32c(start, $0.baseAddress, $0.count) }
    }
}

extension FieldBuffer {
    /// Appends up to `byteCount` bytes of a file.
    mutating func append(_ file: any ReadableFile, byteCount: Int) throws(FileError) {
        // SAFETY: the span covers the room that was made, and lives only here.
        let start = unsafe room(for: byteCount)
        var span = unsafe MutableRawSpan(_unsafeStart: start, byteCount: byteCount)
        commit(try file.read(at: 0, into: &span))
    }
}

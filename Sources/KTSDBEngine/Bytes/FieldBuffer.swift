internal import CKernels

/// Bytes that grow, in the log's and the manifest's notation (FORMAT.md, section 1); one allocation, reused.
///
/// `@unchecked Sendable`: the buffer owns its memory, and cannot be copied.
@safe
struct FieldBuffer: ~Copyable, @unchecked Sendable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// The number of bytes.
    private(set) var count = 0

    init(capacity: Int = 0) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    /// The bytes, for reading.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: the first `count` bytes were written by `append` or announced by `commit`.
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Drops all bytes and keeps the memory, unless that is more than `limit`.
    mutating func removeAll(keepingUpTo limit: Int = .max) {
        count = 0
        if capacity > limit { self = FieldBuffer() }
    }

    /// Drops all bytes from `count` on.
    mutating func truncate(to count: Int) {
        precondition(count <= self.count, "A buffer is cut within its bytes.")
        self.count = count
    }

    /// Makes room for `extra` more bytes and returns where they go; ``commit(_:)`` says how many were written.
    @unsafe
    mutating func room(for extra: Int) -> UnsafeMutableRawPointer {
        if capacity - count < extra {
            let larger = max(count + extra, capacity * 2)
            let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            // SAFETY: the fresh allocation is larger than what is copied.
            unsafe fresh.copyMemory(from: base, byteCount: count)
            unsafe base.deallocate()
            unsafe base = fresh
            capacity = larger
        }
        return unsafe base + count
    }

    /// Counts `written` bytes that were written where ``room(for:)`` said.
    mutating func commit(_ written: Int) {
        precondition(written >= 0 && written <= capacity - count, "No more is written than there was room for.")
        count += written
    }

    mutating func append(_ byte: UInt8) {
        unsafe room(for: 1).storeBytes(of: byte, as: UInt8.self)
        count += 1
    }

    /// Appends an integer, lowest byte first.
    mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Integer) {
        let size = MemoryLayout<Integer>.size
        unsafe room(for: size).storeBytes(of: value.littleEndian, as: Integer.self)
        count += size
    }

    mutating func append(_ bytes: RawSpan) {
        guard bytes.byteCount > 0 else { return }
        let target = unsafe room(for: bytes.byteCount)
        // SAFETY: there is room for all of the bytes, and they are not in this buffer.
        unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        count += bytes.byteCount
    }

    mutating func append(contentsOf other: borrowing FieldBuffer) { append(other.bytes) }

    mutating func append(varint value: UInt64) {
        let start = unsafe room(for: 10)
        // SAFETY: a varint is at most ten bytes.
        count += unsafe FieldCoding.write(varint: value, to: start)
    }

    mutating func append(zigzag value: Int64) { append(varint: FieldCoding.zigzag(value)) }

    /// Writes an integer over bytes that are already there.
    mutating func replace<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int, littleEndian value: Integer) {
        precondition(offset >= 0 && offset <= count - MemoryLayout<Integer>.size, "An integer replaces existing bytes.")
        unsafe (base + offset).storeBytes(of: value.littleEndian, as: Integer.self)
    }
}

extension RawSpan {
    /// The bytes' CRC-32C, continued from the checksum of what stands before them.
    func crc32c(continuing start: UInt32 = 0) -> UInt32 {
        // SAFETY: the pointer is used during the call only.
        unsafe withUnsafeBytes { unsafe ktsdb_crc32c(start, $0.baseAddress, $0.count) }
    }
}

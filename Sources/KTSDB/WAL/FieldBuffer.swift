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

/// The small encodings that all files share.
enum FieldCoding {
    @inline(__always)
    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    @inline(__always)
    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

    /// Writes a varint and returns its length, at most ten.
    @inline(__always)
    static func write(varint value: UInt64, to start: UnsafeMutableRawPointer) -> Int {
        var rest = value
        var length = 0
        while rest >= 0x80 {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: length, as: UInt8.self)
            rest >>= 7
            length &+= 1
        }
        unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: length, as: UInt8.self)
        return length &+ 1
    }

    /// The length of `value` as a varint.
    static func byteCount(varint value: UInt64) -> Int { max(1, (70 - value.leadingZeroBitCount) / 7) }
}

/// A read position in bytes that are not trusted: every read is checked and answers nil beyond the end.
struct FieldCursor {
    private(set) var position: Int
    let end: Int

    /// Reads `bytes` from `start` to `end`.
    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - position }

    @inline(__always)
    mutating func byte(in bytes: RawSpan) -> UInt8? {
        guard position < end else { return nil }
        defer { position &+= 1 }
        // SAFETY: the load itself checks the span's bounds.
        return unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
    }

    mutating func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type, in bytes: RawSpan
    ) -> Integer? {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { return nil }
        defer { position += size }
        // SAFETY: every bit pattern is an integer; the load checks the span's bounds.
        return Integer(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: Integer.self))
    }

    /// A varint of at most 64 bits; nil too when it is longer than it need be by more than its ten bytes.
    @inline(__always)
    mutating func varint(in bytes: RawSpan) -> UInt64? {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while let next = byte(in: bytes) {
            if shift == 63, next > 1 { return nil }
            result |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return result }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    @inline(__always)
    mutating func zigzag(in bytes: RawSpan) -> Int64? { varint(in: bytes).map(FieldCoding.unzigzag) }

    /// A varint that counts something which takes at least one byte for each `perByte` of it.
    mutating func count(in bytes: RawSpan, perByte: Int = 1) -> Int? {
        guard let value = varint(in: bytes), let count = Int(exactly: value) else { return nil }
        let (limit, overflow) = remaining.multipliedReportingOverflow(by: perByte)
        return overflow || count <= limit ? count : nil
    }

    /// The place of the next `count` bytes.
    mutating func take(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return position..<(position + count)
    }
}

extension RawSpan {
    /// The bytes' CRC-32C, continued from the checksum of what stands before them.
    func crc32c(continuing start: UInt32 = 0) -> UInt32 {
        // SAFETY: the pointer is used during the call only.
        unsafe withUnsafeBytes { unsafe ktsdb_crc32c(start, $0.baseAddress, $0.count) }
    }
}

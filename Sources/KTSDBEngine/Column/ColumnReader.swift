internal import KTSDBModel

/// A read position in the untrusted bytes of a column. Every read is checked and returns nil beyond the end.
///
/// Kernels load whole words, so ``padding`` more bytes are readable after the end, whatever is in them.
struct ColumnReader: ~Escapable {
    /// The bytes that must be readable after the end: the last of eight 57-bit fields begins 49 bytes after the first
    /// one, and a load takes 16 bytes.
    static let padding = 72

    private let bytes: RawSpan
    private(set) var position: Int
    let end: Int

    /// Reads `bytes` from `position` to `end`. At least ``padding`` more bytes follow.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, from position: Int = 0, to end: Int) {
        precondition(
            position >= 0 && position <= end && end <= bytes.byteCount - Self.padding,
            "Bytes \(position) to \(end) of \(bytes.byteCount) cannot be a column.")
        self.bytes = bytes
        self.position = position
        self.end = end
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func byte() -> UInt8? {
        guard position < end else { return nil }
        let byte = bytes.byte(at: position)
        position &+= 1
        return byte
    }

    /// Reads a byte that is at most `limit`.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func byte(atMost limit: UInt8) -> Int? {
        guard let byte = byte(), byte <= limit else { return nil }
        return Int(byte)
    }

    @_lifetime(self: copy self)
    mutating func word() -> UInt64? {
        guard end &- position >= 8 else { return nil }
        let word = bytes.load(littleEndian: UInt64.self, at: position)
        position &+= 8
        return word
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func varint() -> UInt64? {
        guard let first = byte() else { return nil }
        return first < 0x80 ? UInt64(first) : longVarint()
    }

    /// The varint whose first byte was read just now.
    @_lifetime(self: copy self)
    private mutating func longVarint() -> UInt64? {
        var cursor = FieldCursor((position &- 1)..<end)
        defer { position = cursor.position }
        return cursor.varint(in: bytes)
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func zigzag() -> Int64? { varint().map(FieldCoding.unzigzag) }

    /// Reads a varint that is at most `limit`.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func varint(atMost limit: Int) -> Int? {
        guard let value = varint(), value <= UInt64(limit) else { return nil }
        return Int(value)
    }

    /// Skips the next `count` bytes and returns them, followed by at least the padding.
    @inline(__always)
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    mutating func take(_ count: Int) -> RawSpan? {
        guard count >= 0, count <= end &- position else { return nil }
        let start = position
        position &+= count
        return bytes.extracting(start..<bytes.byteCount)
    }
}

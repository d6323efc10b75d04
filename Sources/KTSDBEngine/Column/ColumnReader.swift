/// A read position in the bytes of a column that are not trusted: every read is checked and answers nil beyond the end.
///
/// Kernels load whole words, so ``padding`` more bytes behind the end can be read, whatever is in them.
@safe
struct ColumnReader {
    /// What has to be readable behind the end: the last of eight 57-bit fields begins 49 bytes behind the first one,
    /// and a load takes 16 bytes.
    static let padding = 72

    private let base: UnsafeRawPointer
    private(set) var position: Int
    let end: Int

    /// Reads the bytes from `position` to `end`, counted from `base`.
    ///
    /// The caller keeps them where they are, and ``padding`` more readable behind `end`, as long as there is a reader.
    @unsafe
    init(_ base: UnsafeRawPointer, from position: Int = 0, to end: Int) {
        precondition(position >= 0 && position <= end, "A column begins within its bytes.")
        unsafe self.base = base
        self.position = position
        self.end = end
    }

    @inline(__always)
    mutating func byte() -> UInt8? {
        guard position < end else { return nil }
        // SAFETY: within the bytes.
        let byte = unsafe base.load(fromByteOffset: position, as: UInt8.self)
        position &+= 1
        return byte
    }

    /// A byte that is at most `limit`.
    @inline(__always)
    mutating func byte(atMost limit: UInt8) -> Int? {
        guard let byte = byte(), byte <= limit else { return nil }
        return Int(byte)
    }

    mutating func word() -> UInt64? {
        guard end &- position >= 8 else { return nil }
        // SAFETY: within the bytes.
        let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        position &+= 8
        return word
    }

    @inline(__always)
    mutating func varint() -> UInt64? {
        guard let first = byte() else { return nil }
        return first < 0x80 ? UInt64(first) : longVarint(first)
    }

    private mutating func longVarint(_ first: UInt8) -> UInt64? {
        var result = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while let next = byte() {
            if shift == 63, next > 1 { return nil }
            result |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return result }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    @inline(__always)
    mutating func zigzag() -> Int64? { varint().map(FieldCoding.unzigzag) }

    /// A varint that is at most `limit`.
    @inline(__always)
    mutating func varint(atMost limit: Int) -> Int? {
        guard let value = varint(), value <= UInt64(limit) else { return nil }
        return Int(value)
    }

    /// Goes behind the next `count` bytes and returns where they begin; they, and the padding, can be read there.
    @inline(__always)
    @unsafe
    mutating func take(_ count: Int) -> UnsafeRawPointer? {
        guard count >= 0, count <= end &- position else { return nil }
        let start = unsafe base + position
        position &+= count
        return unsafe start
    }
}

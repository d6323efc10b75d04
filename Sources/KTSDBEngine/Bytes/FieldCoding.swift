/// Zigzag and varint encodings, used in all files (FORMAT.md, section 1).
enum FieldCoding {
    @inline(__always)
    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    @inline(__always)
    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

    /// The length of `value` as a varint in bytes, in `1...10`.
    static func byteCount(varint value: UInt64) -> Int { max(1, (70 - value.leadingZeroBitCount) / 7) }
}

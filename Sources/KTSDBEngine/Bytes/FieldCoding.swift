internal import CKernels
internal import KTSDBModel

/// Zigzag and varint encodings, used in all files (FORMAT.md, section 1).
enum FieldCoding {
    @inline(__always)
    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    @inline(__always)
    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

    /// Writes a varint and returns its length, at most ten.
    @inline(__always) @unsafe
    static func write(varint value: UInt64, to start: UnsafeMutableRawPointer) -> Int {
        var rest = value
        var length = 0
        // SAFETY: the caller guarantees room for ten bytes.
        while rest >= 0x80 {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: length, as: UInt8.self)
            rest >>= 7
            length &+= 1
        }
        unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: length, as: UInt8.self)
        return length &+ 1
    }

    /// The length of `value` as a varint in bytes, in `1...10`.
    static func byteCount(varint value: UInt64) -> Int { max(1, (70 - value.leadingZeroBitCount) / 7) }
}

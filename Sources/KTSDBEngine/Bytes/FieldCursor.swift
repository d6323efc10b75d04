internal import CKernels
internal import KTSDBModel

/// A read position in untrusted bytes: every read is checked, and returns nil beyond the end.
struct FieldCursor {
    private(set) var position: Int
    let end: Int

    /// Starts at the lower bound of `range`, and ends at its upper bound.
    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - position }

    @inline(__always)
    mutating func byte(in bytes: RawSpan) -> UInt8? {
        guard position < end else { return nil }
        defer { position &+= 1 }
        return bytes.byte(at: position)
    }

    mutating func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type, in bytes: RawSpan
    ) -> Integer? {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { return nil }
        defer { position += size }
        return bytes.load(littleEndian: Integer.self, at: position)
    }

    /// Reads a varint; nil also if it has more than ten bytes or 64 bits.
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

    /// Reads a count as a varint; nil also if it is more than `perByte` times the remaining bytes.
    mutating func count(in bytes: RawSpan, perByte: Int = 1) -> Int? {
        guard let value = varint(in: bytes), let count = Int(exactly: value) else { return nil }
        let (limit, overflow) = remaining.multipliedReportingOverflow(by: perByte)
        return overflow || count <= limit ? count : nil
    }

    /// Skips the next `count` bytes and returns their range.
    mutating func take(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return position..<(position + count)
    }
}

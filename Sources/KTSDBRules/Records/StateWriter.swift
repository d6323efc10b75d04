internal import KTSDBModel

/// Appends the fields of a record.
struct StateWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// Appends a number with seven bits in each byte, the lowest bits first.
    mutating func append(count: Int) { append(varint: UInt64(count)) }

    private mutating func append(varint: UInt64) {
        var rest = varint
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Appends a time as its difference from `base`.
    mutating func append(_ time: PreciseTime, from base: PreciseTime) {
        let difference = time.nanoseconds &- base.nanoseconds
        append(varint: UInt64(bitPattern: difference << 1 ^ difference >> 63))
    }

    mutating func append(_ value: Double) {
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
    }

    /// Appends a text as the length of its common prefix with `previous`, and the bytes that follow the prefix.
    mutating func append(_ text: [UInt8], after previous: [UInt8]) {
        var shared = 0
        while shared < min(text.count, previous.count), text[shared] == previous[shared] { shared += 1 }
        append(count: shared)
        append(count: text.count - shared)
        bytes += text[shared...]
    }
}

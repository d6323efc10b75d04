internal import KTSDBModel

/// Codes byte strings one after the other, each relative to the one before: how many bytes they share at the start and
/// at the end, and the bytes in between.
struct AffixCoder {
    private var previous: [UInt8] = []

    /// Appends the next string.
    mutating func append(_ current: [UInt8], to buffer: inout FieldBuffer) {
        let shorter = min(previous.count, current.count)
        var prefix = 0
        while prefix < shorter, previous[prefix] == current[prefix] { prefix += 1 }
        var suffix = 0
        while suffix < shorter - prefix,
            previous[previous.count - 1 - suffix] == current[current.count - 1 - suffix]
        {
            suffix += 1
        }
        buffer.append(varint: UInt64(prefix))
        buffer.append(varint: UInt64(suffix))
        buffer.append(varint: UInt64(current.count - prefix - suffix))
        buffer.append(current.span.rawBytes.extracting(prefix..<(current.count - suffix)))
        previous = current
    }

    /// Returns the next string; nil if the bytes are malformed, or it has more than `limit` bytes.
    mutating func next(_ cursor: inout FieldCursor, in bytes: RawSpan, limit: Int) -> [UInt8]? {
        guard let prefix = cursor.varint(in: bytes), prefix <= UInt64(previous.count),
            let suffix = cursor.varint(in: bytes), suffix <= UInt64(previous.count - Int(prefix)),
            let length = cursor.count(in: bytes), Int(prefix) + length + Int(suffix) <= limit,
            let middle = cursor.take(length)
        else { return nil }
        var current: [UInt8] = []
        current.reserveCapacity(Int(prefix) + length + Int(suffix))
        current += previous[..<Int(prefix)]
        current.append(bytes.extracting(middle))
        current += previous[(previous.count - Int(suffix))...]
        previous = current
        return current
    }
}

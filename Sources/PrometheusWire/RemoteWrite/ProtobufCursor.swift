internal import KTSDBModel

/// A read position in the fields of a protobuf message.
///
/// Nothing throws: malformed input sets ``failed``, moves the position to the end and gives zeros, so that loops end
/// and the flag needs checking only once per message.
struct ProtobufCursor {
    var position: Int
    let end: Int
    private(set) var failed = false

    /// Starts at the first field of the message in `range` of the bytes.
    @inline(__always)
    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    @inline(__always)
    var hasMore: Bool { position < end }

    @inline(__always)
    mutating func fail() {
        failed = true
        position = end
    }

    /// Returns the next field's number and wire type as one number, `number << 3 | type`.
    @inline(__always)
    mutating func tag(in bytes: Span<UInt8>) -> UInt64 {
        let tag = varint(in: bytes)
        if tag < 8 { fail() }  // field number 0 does not exist
        return tag
    }

    @inline(__always)
    mutating func varint(in bytes: Span<UInt8>) -> UInt64 {
        if position < end {
            let byte = bytes[position]
            if byte < 128 {
                position &+= 1
                return UInt64(byte)
            }
        }
        return longVarint(in: bytes)
    }

    /// Reads a varint of at most ten bytes.
    @inline(__always)
    private mutating func longVarint(in bytes: Span<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end && shift < 70 {
            let byte = bytes[position]
            position &+= 1
            value |= UInt64(byte & 127) &<< shift
            if byte < 128 { return value }
            shift &+= 7
        }
        fail()
        return 0
    }

    /// Returns the range of a field's bytes, and skips them.
    @inline(__always)
    mutating func field(in bytes: Span<UInt8>) -> Range<Int> {
        let count = varint(in: bytes)
        if count > UInt64(end &- position) {
            fail()
            return end..<end
        }
        let start = position
        position &+= Int(count)
        return start..<position
    }

    @inline(__always)
    mutating func double(in bytes: Span<UInt8>) -> Double {
        if end &- position < 8 {
            fail()
            return 0
        }
        let bits = bytes.rawBytes.load(littleEndian: UInt64.self, at: position)
        position &+= 8
        return Double(bitPattern: bits)
    }

    /// Skips the value of an unknown field.
    @inline(__always)
    mutating func skip(_ tag: UInt64, in bytes: Span<UInt8>) {
        switch tag & 7 {
        case 0: _ = varint(in: bytes)
        case 1: skip(bytes: 8)
        case 2: _ = field(in: bytes)
        case 3: skipGroup(in: bytes)
        case 5: skip(bytes: 4)
        default: fail()
        }
    }

    /// Skips a group, a construct long out of use, up to its end. Nested groups are counted, so that no depth needs a
    /// stack.
    private mutating func skipGroup(in bytes: Span<UInt8>) {
        var depth = 1
        while depth > 0 {
            guard hasMore else { return fail() }
            let tag = tag(in: bytes)
            switch tag & 7 {
            case 3: depth &+= 1
            case 4: depth &-= 1
            default: skip(tag, in: bytes)
            }
        }
    }

    private mutating func skip(bytes count: Int) {
        if end &- position < count { fail() } else { position &+= count }
    }
}

/// Functions on UTF-8 that may be ill-formed.
package enum UTF8Text {
    /// Returns the length of the scalar at `position`, or 0 if the bytes there are ill-formed.
    package static func scalarLength(in bytes: Span<UInt8>, at position: Int) -> Int {
        let lead = bytes[position]
        if lead < 0x80 { return 1 }
        let length: Int
        // The range of the second byte excludes overlong forms, surrogates, and values beyond U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard bytes.count - position >= length, second.contains(bytes[position + 1]) else { return 0 }
        for offset in 2..<max(2, length) where bytes[position + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Returns the scalar at `position`, which is within `bytes`, and its end. An ill-formed byte counts as U+FFFD.
    @inline(__always)
    static func scalar(in bytes: Span<UInt8>, at position: Int) -> (value: UInt32, end: Int) {
        let lead = bytes[position]
        return lead < 0x80 ? (UInt32(lead), position + 1) : longScalar(in: bytes, at: position)
    }

    private static func longScalar(in bytes: Span<UInt8>, at position: Int) -> (value: UInt32, end: Int) {
        let length = scalarLength(in: bytes, at: position)
        guard length > 1 else { return (ScalarSet.replacement, position + 1) }
        var value = UInt32(bytes[position]) & (0x7F >> UInt32(length))
        for offset in 1..<length { value = value << 6 | UInt32(bytes[position + offset]) & 0x3F }
        return (value, position + length)
    }

    /// Returns `bytes` with each ill-formed byte replaced by U+FFFD; nil if all are well-formed.
    static func repaired(_ bytes: Span<UInt8>) -> [UInt8]? {
        var position = firstNonASCII(bytes)
        while position < bytes.count {
            let length = scalarLength(in: bytes, at: position)
            if length == 0 { break }
            position += length
        }
        guard position < bytes.count else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16)
        position = 0
        while position < bytes.count {
            let length = scalarLength(in: bytes, at: position)
            if length == 0 {
                result += [0xEF, 0xBF, 0xBD]
            } else {
                for offset in 0..<length { result.append(bytes[position + offset]) }
            }
            position += max(1, length)
        }
        return result
    }

    /// Returns the position of the first byte of 0x80 or more, or the count. Reads eight bytes per step.
    static func firstNonASCII(_ bytes: Span<UInt8>) -> Int {
        let raw = bytes.rawBytes
        var position = 0
        while position &+ 8 <= bytes.count {
            let word = raw.load(littleEndian: UInt64.self, at: position)
            if word & 0x8080_8080_8080_8080 != 0 { break }
            position &+= 8
        }
        while position < bytes.count, bytes[position] < 0x80 { position &+= 1 }
        return position
    }
}

extension JSONDocumentReader {
    /// Reads a text, which begins with a quotation mark here.
    mutating func string() throws(DiscoveryFailure) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
            bytes[position] >= 0x20
        { position += 1 }
        guard position < bytes.count else { throw unexpected("in a text") }
        if bytes[position] == UInt8(ascii: "\"") {
            position += 1
            return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
        }
        return try string(after: Array(bytes[start..<position]))
    }

    /// Reads the rest of a text that has escape sequences.
    private mutating func string(after beginning: [UInt8]) throws(DiscoveryFailure) -> String {
        var text = beginning
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: Array(String(try escaped()).utf8))
            case 0..<0x20: throw unexpected("in a text")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw unexpected("in a text")
    }

    private mutating func escaped() throws(DiscoveryFailure) -> Unicode.Scalar {
        position += 1
        guard position < bytes.count else { throw unexpected("in a text") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unit()
        default:
            position -= 1
            throw unexpected("in an escape sequence")
        }
    }

    /// Reads what follows `\u`, and the other half of a pair; half a pair is U+FFFD.
    private mutating func unit() throws(DiscoveryFailure) -> Unicode.Scalar {
        let first = try hexadecimal()
        guard UTF16.isLeadSurrogate(first), bytes[position...].starts(with: "\\u".utf8) else {
            return Unicode.Scalar(first) ?? "\u{fffd}"
        }
        let afterFirst = position
        position += 2
        let second = try hexadecimal()
        guard UTF16.isTrailSurrogate(second) else {
            position = afterFirst
            return "\u{fffd}"
        }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func hexadecimal() throws(DiscoveryFailure) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw unexpected("in an escape sequence")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}

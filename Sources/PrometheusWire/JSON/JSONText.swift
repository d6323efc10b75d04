/// Reads texts in JSON (RFC 8259, 7), as Go reads them: half of a surrogate pair is U+FFFD.
package enum JSONText {
    /// What is wrong with the byte at which reading ended.
    package enum Problem: Error, Hashable {
        /// The bytes end before the text does.
        case end
        /// It has to be escaped.
        case control
        /// It does not follow a backslash.
        case escape
        /// It is not one of four hexadecimal digits.
        case digit
    }

    /// Reads the text whose opening quotation mark is at `position`, and moves the position after it, or to the byte
    /// where it ends to be one.
    package static func read(_ bytes: [UInt8], at position: inout Int) throws(Problem) -> String {
        position += 1
        let start = position
        while position < bytes.count, isPlain(bytes[position]) { position += 1 }
        guard position < bytes.count else { throw .end }
        if bytes[position] == UInt8(ascii: "\"") {
            position += 1
            return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
        }
        return try rest(bytes, at: &position, after: Array(bytes[start..<position]))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte >= 0x20
    }

    /// Reads the rest of a text that has escape sequences.
    private static func rest(
        _ bytes: [UInt8], at position: inout Int, after beginning: [UInt8]
    ) throws(Problem) -> String {
        var text = beginning
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                let scalar = try escaped(bytes, at: &position)
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            case 0..<0x20: throw .control
            default:
                text.append(byte)
                position += 1
            }
        }
        throw .end
    }

    private static func escaped(_ bytes: [UInt8], at position: inout Int) throws(Problem) -> Unicode.Scalar {
        position += 1
        guard position < bytes.count else { throw .end }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unit(bytes, at: &position)
        default:
            position -= 1
            throw .escape
        }
    }

    /// Reads what follows `\u`, and the other half of a pair if it comes next.
    private static func unit(_ bytes: [UInt8], at position: inout Int) throws(Problem) -> Unicode.Scalar {
        let first = try hexadecimal(bytes, at: &position)
        guard UTF16.isLeadSurrogate(first), bytes[position...].starts(with: "\\u".utf8) else {
            return Unicode.Scalar(first) ?? "\u{fffd}"
        }
        // What follows half a pair may be a character of its own.
        let afterFirst = position
        position += 2
        let second = try hexadecimal(bytes, at: &position)
        guard UTF16.isTrailSurrogate(second) else {
            position = afterFirst
            return "\u{fffd}"
        }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private static func hexadecimal(_ bytes: [UInt8], at position: inout Int) throws(Problem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw .end }
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else { throw .digit }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}

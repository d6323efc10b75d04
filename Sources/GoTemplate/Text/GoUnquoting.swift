/// Reads Go's string and character literals.
enum GoUnquoting {
    /// The value of a literal with its double or back quotes; nil if it is malformed.
    static func unquote(_ literal: [UInt8]) -> [UInt8]? {
        guard literal.count >= 2, let quote = literal.first, literal.last == quote else { return nil }
        let inner = Array(literal[1..<(literal.count - 1)])
        if quote == 0x60 { return inner.contains(0x60) ? nil : inner.filter { $0 != 0x0D } }
        guard quote == 0x22 else { return nil }
        var result: [UInt8] = []
        var index = 0
        while index < inner.count {
            guard inner[index] != 0x0A, let next = character(inner, at: &index, quote: quote) else { return nil }
            result += next.isByte ? [UInt8(truncatingIfNeeded: next.value)] : UTF8Bytes.encode(next.value)
        }
        return result
    }

    /// The character of a literal such as `'a'`.
    static func unquoteCharacter(_ literal: [UInt8]) -> CharacterLiteral {
        var index = 1
        guard let next = character(literal, at: &index, quote: 0x27) else { return .invalid }
        guard index == literal.count - 1, literal[index] == 0x27 else { return .malformed }
        return .value(next.value)
    }

    /// Reads one character or escape sequence, and steps over it; nil if it is not valid.
    private static func character(
        _ bytes: [UInt8], at index: inout Int, quote: UInt8
    ) -> (value: UInt32, isByte: Bool)? {
        guard index < bytes.count, bytes[index] != quote else { return nil }
        guard bytes[index] == 0x5C else {
            let (value, length) = UTF8Bytes.decode(bytes, at: index)
            index += length
            return (value, false)
        }
        guard index + 1 < bytes.count else { return nil }
        let code = bytes[index + 1]
        index += 2
        switch code {
        case UInt8(ascii: "x"): return number(bytes, at: &index, digits: 2).map { ($0, true) }
        case UInt8(ascii: "u"): return scalar(bytes, at: &index, digits: 4)
        case UInt8(ascii: "U"): return scalar(bytes, at: &index, digits: 8)
        case 0x30...0x37: return octal(bytes, at: &index)
        case quote: return (UInt32(code), false)
        default: return simpleEscapes[code].map { ($0, false) }
        }
    }

    private static let simpleEscapes: [UInt8: UInt32] = [
        UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "t"): 0x09, UInt8(ascii: "n"): 0x0A,
        UInt8(ascii: "v"): 0x0B, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "r"): 0x0D, 0x5C: 0x5C,
    ]

    private static func scalar(_ bytes: [UInt8], at index: inout Int, digits: Int) -> (value: UInt32, isByte: Bool)? {
        guard let value = number(bytes, at: &index, digits: digits), UTF8Bytes.isValid(value) else { return nil }
        return (value, false)
    }

    private static func number(_ bytes: [UInt8], at index: inout Int, digits: Int) -> UInt32? {
        guard index + digits <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[index..<(index + digits)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
            value = value << 4 | UInt32(digit)
        }
        index += digits
        return value
    }

    /// The three octal digits of which the first was stepped over.
    private static func octal(_ bytes: [UInt8], at index: inout Int) -> (value: UInt32, isByte: Bool)? {
        guard index + 2 <= bytes.count else { return nil }
        let digits = bytes[(index - 1)..<(index + 2)]
        guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        let value = digits.reduce(UInt32(0)) { $0 << 3 | UInt32($1 - 0x30) }
        index += 2
        return value > 255 ? nil : (value, true)
    }
}

/// What a character literal means.
enum CharacterLiteral {
    case value(UInt32)
    /// It does not begin with a character or an escape sequence.
    case invalid
    /// It has more than one character.
    case malformed
}

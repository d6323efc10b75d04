internal import KTSDBModel

/// Returns a string literal for `text`. The lexer refuses U+FFFD, so it is written as an escape.
func stringLiteral(_ text: String) -> String { escapingReplacement(goQuoted(text)) }

/// Returns a string literal for `bytes`. The lexer refuses U+FFFD, so it is written as an escape.
func stringLiteral(_ bytes: [UInt8]) -> String { escapingReplacement(goQuoted(bytes)) }

private func escapingReplacement(_ literal: String) -> String {
    guard literal.unicodeScalars.contains("\u{FFFD}") else { return literal }
    return literal.split(separator: "\u{FFFD}", omittingEmptySubsequences: false).joined(separator: "\\ufffd")
}

/// The value of a string literal with its quotes, or nil if its escapes are wrong.
///
/// Bytes that are no UTF-8 (`\xff`) become U+FFFD, as they do in every JSON answer.
package func goUnquoted(_ literal: Span<UInt8>) -> String? {
    goUnquotedBytes(literal).map { String(decoding: $0, as: UTF8.self) }
}

/// The bytes of a string literal with its quotes, or nil if its escapes are wrong.
func goUnquotedBytes(_ literal: Span<UInt8>) -> [UInt8]? {
    let count = literal.count
    guard count >= 2, literal[0] == literal[count - 1] else { return nil }
    let quote = literal[0]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var index = 1
    if quote == UInt8(ascii: "`") {
        while index < count - 1 {
            if literal[index] == quote { return nil }
            bytes.append(literal[index])
            index += 1
        }
        return bytes
    }
    while index < count - 1 {
        let byte = literal[index]
        index += 1
        if byte == quote || byte == UInt8(ascii: "\n") { return nil }
        if byte != UInt8(ascii: "\\") {
            bytes.append(byte)
            continue
        }
        guard index < count - 1 else { return nil }
        let escape = literal[index]
        index += 1
        func digits(_ digitCount: Int, radix: UInt32) -> UInt32? {
            guard index + digitCount <= count - 1 else { return nil }
            var value: UInt32 = 0
            for offset in 0..<digitCount {
                let digit = hexadecimalDigit(literal[index + offset])
                guard digit < radix, value < 1 << 28 else { return nil }
                value = value * radix + digit
            }
            index += digitCount
            return value
        }
        switch escape {
        case UInt8(ascii: "a"): bytes.append(7)
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "f"): bytes.append(12)
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "v"): bytes.append(11)
        case UInt8(ascii: "\\"), quote: bytes.append(escape)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            index -= 1
            guard let value = digits(3, radix: 8), value < 256 else { return nil }
            bytes.append(UInt8(value))
        case UInt8(ascii: "x"):
            guard let value = digits(2, radix: 16) else { return nil }
            bytes.append(UInt8(value))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            guard let value = digits(escape == UInt8(ascii: "u") ? 4 : 8, radix: 16) else { return nil }
            guard value <= 0x10FFFF else { return nil }
            bytes.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
        default: return nil
        }
    }
    return bytes
}

/// The value of a hexadecimal digit, or 16 for any other character.
func hexadecimalDigit(_ byte: UInt8) -> UInt32 {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: 16
    }
}

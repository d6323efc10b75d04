// Prometheus' messages and canonical forms use the quoting of its own language: these functions give the same text.

/// `text` in double quotes, as Go's `%q` writes it; with a limit, at most that many characters and `...` after them
/// when `text` has more bytes than that.
package func goQuoted(_ text: String, limit: Int = .max) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) { append(escaped: scalar, quote: "\"", to: &result) }
    return result + (text.utf8.count > limit ? "\"..." : "\"")
}

/// Bytes in double quotes, as Go's `%q` writes them: those that are no UTF-8 as `\xff`.
func goQuoted(_ bytes: [UInt8]) -> String {
    var result = "\""
    var rest = bytes[...]
    while !rest.isEmpty {
        let character = (1...4).lazy.map { rest.prefix($0) }.compactMap { String(validating: $0, as: UTF8.self) }.first
        if let scalar = character?.unicodeScalars.first {
            append(escaped: scalar, quote: "\"", to: &result)
            rest = rest.dropFirst(String(scalar).utf8.count)
        } else {
            result += "\\x" + hexadecimal(Unicode.Scalar(rest.removeFirst()), digits: 2)
        }
    }
    return result + "\""
}

/// A character in single quotes, as Go's `%q` writes it.
func goQuoted(_ scalar: Unicode.Scalar) -> String {
    if scalar == "\u{FFFD}" { return "'\u{FFFD}'" }
    var result = "'"
    append(escaped: scalar, quote: "'", to: &result)
    return result + "'"
}

/// A character as Go's `%#U` writes it: `U+002E '.'`.
func goCodePoint(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return isPrintable(scalar) ? code + " '\(scalar)'" : code
}

private func append(escaped scalar: Unicode.Scalar, quote: Unicode.Scalar, to result: inout String) {
    switch scalar {
    case quote, "\\":
        result.unicodeScalars.append("\\")
        result.unicodeScalars.append(scalar)
    case "\u{07}": result += "\\a"
    case "\u{08}": result += "\\b"
    case "\u{0C}": result += "\\f"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\u{0B}": result += "\\v"
    // The replacement character is refused by the lexer, so it is written in the way that is not.
    case _ where scalar != "\u{FFFD}" && isPrintable(scalar): result.unicodeScalars.append(scalar)
    case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\\x" + hexadecimal(scalar, digits: 2)
    case _ where scalar.value < 0x10000: result += "\\u" + hexadecimal(scalar, digits: 4)
    default: result += "\\U" + hexadecimal(scalar, digits: 8)
    }
}

private func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
    let text = String(scalar.value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// Letters, marks, numbers, punctuation, symbols, and the ASCII space.
private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator:
        return false
    default: return true
    }
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

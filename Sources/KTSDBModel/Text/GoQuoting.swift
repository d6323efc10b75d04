/// Returns `text` in double quotes as Go's `%q` writes it.
///
/// Prometheus' messages and canonical forms are written so. With a limit, at most that many characters are written,
/// and `...` after them when `text` has more bytes than that.
package func goQuoted(_ text: String, limit: Int = .max) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) { append(escaped: scalar, quote: "\"", to: &result) }
    return result + (text.utf8.count > limit ? "\"..." : "\"")
}

/// Returns `bytes` in double quotes as Go's `%q` writes them: bytes that are not UTF-8 as `\xff`.
package func goQuoted(_ bytes: [UInt8]) -> String {
    var result = "\""
    var rest = bytes[...]
    while let first = rest.first {
        var iterator = rest.makeIterator()
        var decoder = UTF8()
        if case .scalarValue(let scalar) = decoder.decode(&iterator) {
            append(escaped: scalar, quote: "\"", to: &result)
            rest = rest.dropFirst(UTF8.width(scalar))
        } else {
            result += "\\x" + hexadecimal(UInt32(first), digits: 2)
            rest = rest.dropFirst()
        }
    }
    return result + "\""
}

/// Returns a character in single quotes as Go's `%q` writes it.
package func goQuoted(_ scalar: Unicode.Scalar) -> String {
    var result = "'"
    append(escaped: scalar, quote: "'", to: &result)
    return result + "'"
}

/// Returns a character as Go's `%#U` writes it: `U+002E '.'`.
package func goCodePoint(_ scalar: Unicode.Scalar) -> String {
    let code = "U+" + hexadecimal(scalar.value, digits: 4).uppercased()
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
    case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
    case _ where scalar.isASCII: result += "\\x" + hexadecimal(scalar.value, digits: 2)
    case _ where scalar.value < 0x10000: result += "\\u" + hexadecimal(scalar.value, digits: 4)
    default: result += "\\U" + hexadecimal(scalar.value, digits: 8)
    }
}

/// Whether Go calls it printable: a letter, mark, number, punctuation mark or symbol, or the ASCII space.
private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
    return switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator:
        false
    default: true
    }
}

private func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

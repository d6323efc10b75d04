internal import NIOCore

extension ByteBuffer {
    /// Writes a text in quotation marks as Go's `encoding/json` does: what could end a script or a line in a web page
    /// is escaped, too.
    mutating func writeGoJSON(_ text: String) {
        var rest = Array(text.utf8)[...]
        writeStaticString("\"")
        while let place = rest.firstIndex(where: Self.isSpecial) {
            writeBytes(rest[..<place])
            rest = rest[place...].dropFirst(writeEscape(of: rest[place...]))
        }
        writeBytes(rest)
        writeStaticString("\"")
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "&"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), 0xe2:
            true
        default: false
        }
    }

    /// Writes the character at the beginning of `text` so that it is safe, and returns how many bytes it has there.
    private mutating func writeEscape(of text: ArraySlice<UInt8>) -> Int {
        let byte = text.first ?? 0
        switch byte {
        case UInt8(ascii: "\""): writeStaticString("\\\"")
        case UInt8(ascii: "\\"): writeStaticString("\\\\")
        case 0x08: writeStaticString("\\b")
        case 0x09: writeStaticString("\\t")
        case 0x0a: writeStaticString("\\n")
        case 0x0c: writeStaticString("\\f")
        case 0x0d: writeStaticString("\\r")
        case 0xe2: return writeSeparator(at: text)
        default: writeString("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))")
        }
        return 1
    }

    /// Writes U+2028 or U+2029, which end lines in JavaScript, as an escape, and any other character as it is.
    private mutating func writeSeparator(at text: ArraySlice<UInt8>) -> Int {
        switch Array(text.prefix(3)) {
        case [0xe2, 0x80, 0xa8]: writeStaticString("\\u2028")
        case [0xe2, 0x80, 0xa9]: writeStaticString("\\u2029")
        default:
            writeInteger(text.first ?? 0)
            return 1
        }
        return 3
    }
}

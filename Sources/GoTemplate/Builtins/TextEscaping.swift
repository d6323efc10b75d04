/// The escapers `html`, `js` and `urlquery`.
enum TextEscaping {
    /// Text for HTML: the five characters that mean something there, and NUL, which becomes U+FFFD.
    static func html(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case 0: Array("\u{FFFD}".utf8)
            case UInt8(ascii: "\""): Array("&#34;".utf8)
            case UInt8(ascii: "'"): Array("&#39;".utf8)
            case UInt8(ascii: "&"): Array("&amp;".utf8)
            case UInt8(ascii: "<"): Array("&lt;".utf8)
            case UInt8(ascii: ">"): Array("&gt;".utf8)
            default: [byte]
            }
        }
    }

    /// Text for a JavaScript literal.
    static func javaScript(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let (value, length) = UTF8Bytes.decode(bytes, at: index)
            if value >= 0x80, CharacterClass.isPrintable(value) {
                result += bytes[index..<(index + length)]
            } else {
                result += javaScript(value)
            }
            index += length
        }
        return result
    }

    private static func javaScript(_ value: UInt32) -> [UInt8] {
        switch Unicode.Scalar(value) {
        case "\\", "'", "\"": return [0x5C, UInt8(value)]
        case "<", ">", "&", "=": return unicodeEscape(value)
        default: return value < 0x20 || value >= 0x80 ? unicodeEscape(value) : [UInt8(value)]
        }
    }

    private static func unicodeEscape(_ value: UInt32) -> [UInt8] {
        let digits = String(value, radix: 16, uppercase: true)
        return Array(("\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits).utf8)
    }

    /// Text for the query of a URL: a blank is `+`, and everything but letters, digits and `-_.~` is `%XX`.
    static func urlQuery(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: [byte]
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"): [byte]
            case 0x20: [UInt8(ascii: "+")]
            default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
}

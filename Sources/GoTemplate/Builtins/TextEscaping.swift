/// The escapers `html`, `js` and `urlquery`.
enum TextEscaping {
    /// Text for HTML: the five characters that mean something there, and NUL, which becomes U+FFFD.
    static func html(_ bytes: [UInt8]) -> [UInt8] {
        replacing(bytes) { byte in
            switch byte {
            case 0: "\u{FFFD}"
            case UInt8(ascii: "\""): "&#34;"
            case UInt8(ascii: "'"): "&#39;"
            case UInt8(ascii: "&"): "&amp;"
            case UInt8(ascii: "<"): "&lt;"
            case UInt8(ascii: ">"): "&gt;"
            default: nil
            }
        }
    }

    /// The bytes, some of them replaced by a text.
    private static func replacing(_ bytes: [UInt8], _ replacement: (UInt8) -> String?) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes {
            if let text = replacement(byte) { result += text.utf8 } else { result.append(byte) }
        }
        return result
    }

    /// Text for a JavaScript literal.
    static func javaScript(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let (value, length) = UTF8Bytes.decode(bytes, at: index)
            if let text = javaScript(value) {
                result += text.utf8
            } else {
                result += bytes[index..<(index + length)]
            }
            index += length
        }
        return result
    }

    /// What a character is replaced by; nil if it stays.
    private static func javaScript(_ value: UInt32) -> String? {
        switch Unicode.Scalar(value) {
        case "\\": return "\\\\"
        case "'": return "\\'"
        case "\"": return "\\\""
        case "<", ">", "&", "=": return unicodeEscape(value)
        default: break
        }
        let stays = value < 0x80 ? value >= 0x20 : CharacterClass.isPrintable(value)
        return stays ? nil : unicodeEscape(value)
    }

    private static func unicodeEscape(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// Text for the query of a URL: a blank is `+`, and everything but letters, digits and `-_.~` is `%XX`.
    static func urlQuery(_ bytes: [UInt8]) -> [UInt8] {
        replacing(bytes) { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: nil
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"): nil
            case 0x20: "+"
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

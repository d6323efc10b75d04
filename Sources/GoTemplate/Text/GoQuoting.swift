/// Text as Go literals, as the verb `%q` writes it.
enum GoQuoting {
    /// Double-quoted; with `asciiOnly`, all other characters are escaped.
    static func quoted(_ bytes: [UInt8], asciiOnly: Bool = false) -> [UInt8] {
        var result: [UInt8] = [0x22]
        var index = 0
        while index < bytes.count {
            let (value, length) = UTF8Bytes.decode(bytes, at: index)
            if value == UTF8Bytes.replacement, length == 1 {
                result += escape("\\x", UInt32(bytes[index]), digits: 2)
            } else {
                append(value, quote: 0x22, asciiOnly, to: &result)
            }
            index += length
        }
        return result + [0x22]
    }

    /// Double-quoted.
    static func quoted(_ text: some StringProtocol) -> String {
        String(decoding: quoted(Array(text.utf8)), as: UTF8.self)
    }

    /// A character in single quotes; U+FFFD if it is not one.
    static func quoted(character: UInt32, asciiOnly: Bool) -> [UInt8] {
        var result: [UInt8] = [0x27]
        append(UTF8Bytes.isValid(character) ? character : UTF8Bytes.replacement, quote: 0x27, asciiOnly, to: &result)
        return result + [0x27]
    }

    /// A character as `%#U` writes it: `U+002E '.'`.
    static func codePoint(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return CharacterClass.isPrintable(value) ? code + " '" + text(value) + "'" : code
    }

    /// Whether the text may be written in back quotes on one line.
    static func canBackquote(_ bytes: [UInt8]) -> Bool {
        var index = 0
        while index < bytes.count {
            let (value, length) = UTF8Bytes.decode(bytes, at: index)
            index += length
            if length > 1 {
                if value == 0xFEFF { return false }
            } else if value == UTF8Bytes.replacement || (value < 0x20 && value != 0x09) || value == 0x60
                || value == 0x7F
            {
                return false
            }
        }
        return true
    }

    private static func text(_ value: UInt32) -> String { String(decoding: UTF8Bytes.encode(value), as: UTF8.self) }

    private static func append(_ value: UInt32, quote: UInt32, _ asciiOnly: Bool, to result: inout [UInt8]) {
        if value == quote || value == 0x5C {
            result += [0x5C, UInt8(value)]
        } else if CharacterClass.isPrintable(value), !asciiOnly || value < 0x80 {
            result += UTF8Bytes.encode(value)
        } else {
            result += escaped(value)
        }
    }

    private static func escaped(_ value: UInt32) -> [UInt8] {
        switch value {
        case 0x07: Array("\\a".utf8)
        case 0x08: Array("\\b".utf8)
        case 0x09: Array("\\t".utf8)
        case 0x0A: Array("\\n".utf8)
        case 0x0B: Array("\\v".utf8)
        case 0x0C: Array("\\f".utf8)
        case 0x0D: Array("\\r".utf8)
        case 0..<0x20, 0x7F: escape("\\x", value, digits: 2)
        case 0..<0x10000: escape("\\u", value, digits: 4)
        default: escape("\\U", value, digits: 8)
        }
    }

    private static func escape(_ start: String, _ value: UInt32, digits: Int) -> [UInt8] {
        let text = String(value, radix: 16)
        return Array((start + String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
    }
}

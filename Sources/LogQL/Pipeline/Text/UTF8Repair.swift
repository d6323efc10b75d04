internal import KTSDBModel

/// UTF-8 in values from parsers: what is not UTF-8 becomes blanks.
enum UTF8Repair {
    /// The number of bytes of the character at `index`; 0 if no character begins there.
    static func length(_ bytes: Span<UInt8>, at index: Int) -> Int {
        let first = bytes[index]
        if first < 0x80 { return 1 }
        let length: Int
        // The second byte's range excludes overlong forms, surrogates and what is beyond U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
        for offset in 2..<max(2, length) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// Whether the bytes are UTF-8 without U+FFFD.
    static func isClean(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        let raw = bytes.rawBytes
        while index < bytes.count {
            if index &+ 8 <= bytes.count, raw.word(at: index) & 0x8080_8080_8080_8080 == 0 {
                index &+= 8
                continue
            }
            let length = length(bytes, at: index)
            if length == 0 || isReplacement(bytes, at: index) { return false }
            index &+= length
        }
        return true
    }

    /// Appends the bytes with a blank for each that does not belong to a character, and for each U+FFFD.
    static func append(_ bytes: Span<UInt8>, to result: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let length = length(bytes, at: index)
            if length == 0 || isReplacement(bytes, at: index) {
                result.append(UInt8(ascii: " "))
            } else {
                for offset in 0..<length { result.append(bytes[index + offset]) }
            }
            index += max(1, length)
        }
    }

    private static func isReplacement(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        bytes[index] == 0xEF && index + 2 < bytes.count && bytes[index + 1] == 0xBF && bytes[index + 2] == 0xBD
    }
}

internal import KTSDBModel

/// UTF-8 in values from parsers: what is not UTF-8 becomes blanks.
enum UTF8Repair {
    /// Whether the bytes are UTF-8 without U+FFFD.
    static func isClean(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        let raw = bytes.rawBytes
        while index < bytes.count {
            if index &+ 8 <= bytes.count, raw.word(at: index) & 0x8080_8080_8080_8080 == 0 {
                index &+= 8
                continue
            }
            let length = UTF8Text.scalarLength(in: bytes, at: index)
            if length == 0 || isReplacement(bytes, at: index) { return false }
            index &+= length
        }
        return true
    }

    /// Appends the bytes with a blank for each that does not belong to a character, and for each U+FFFD.
    static func append(_ bytes: Span<UInt8>, to result: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let length = UTF8Text.scalarLength(in: bytes, at: index)
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

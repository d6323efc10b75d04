/// Characters of byte sequences by Go's rules: a byte that does not begin a character counts as one, U+FFFD.
enum UTF8Bytes {
    /// What is read for a byte that does not begin a character.
    static let replacement: UInt32 = 0xFFFD

    /// The character at `index` and its length in bytes; U+FFFD of length 1 for an invalid byte.
    static func decode(_ bytes: [UInt8], at index: Int) -> (value: UInt32, length: Int) {
        let invalid = (replacement, 1)
        let first = bytes[index]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC2, first < 0xF5, index + length <= bytes.count else { return invalid }
        var value = UInt32(first) & (0xFF >> UInt32(length + 1))
        for byte in bytes[(index + 1)..<(index + length)] {
            guard byte & 0xC0 == 0x80 else { return invalid }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let smallest: UInt32 = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80
        guard value >= smallest, isValid(value) else { return invalid }
        return (value, length)
    }

    /// Whether `value` is a character: neither a surrogate nor too large.
    static func isValid(_ value: UInt32) -> Bool { Unicode.Scalar(value) != nil }

    /// The UTF-8 of a character, or of U+FFFD if `value` is not one.
    static func encode(_ value: UInt32) -> [UInt8] {
        Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
    }

    /// The number of characters.
    static func count(_ bytes: some Sequence<UInt8>) -> Int {
        let bytes = Array(bytes)
        var count = 0
        var index = 0
        while index < bytes.count {
            index += decode(bytes, at: index).length
            count += 1
        }
        return count
    }

    /// The first `count` characters.
    static func prefix(_ bytes: [UInt8], _ count: Int) -> ArraySlice<UInt8> {
        var index = 0
        var rest = count
        while index < bytes.count, rest > 0 {
            index += decode(bytes, at: index).length
            rest -= 1
        }
        return bytes[..<index]
    }
}

internal import KTSDBModel

/// Names of labels from keys in lines.
enum LabelNameText {
    /// Appends a key as a label's name, or as a part of one if `name` is not empty: without blanks around it, with `_`
    /// for each character that a name cannot have, and before a digit at its beginning.
    static func append(_ key: Span<UInt8>, to name: inout [UInt8]) {
        var start = 0, end = key.count
        while start < end, isBlank(key[start]) { start += 1 }
        while end > start, isBlank(key[end - 1]) { end -= 1 }
        guard start < end else { return }
        if name.isEmpty, isDigit(key[start]) { name.append(UInt8(ascii: "_")) }
        var index = start
        while index < end {
            let byte = key[index]
            if isNameByte(byte) {
                name.append(byte)
                index += 1
            } else {
                name.append(UInt8(ascii: "_"))
                index += byte < 0x80 ? 1 : max(1, UTF8Text.scalarLength(in: key, at: index))
            }
        }
    }

    /// Whether the byte may be in a name.
    @inline(__always)
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Whether the byte is a decimal digit.
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

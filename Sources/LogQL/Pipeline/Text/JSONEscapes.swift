/// Escape sequences of JSON.
enum JSONEscapes {
    /// Appends a string's text with its escape sequences replaced, and returns whether all are valid.
    static func unescape(_ bytes: Span<UInt8>, to result: inout [UInt8]) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                index += 1
                continue
            }
            guard index + 1 < bytes.count else { return false }
            switch bytes[index + 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(bytes[index + 1])
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                guard let (scalar, length) = scalar(bytes, at: index) else { return false }
                result.append(contentsOf: UTF8.encode(scalar)!)
                index += length
                continue
            default: return false
            }
            index += 2
        }
        return true
    }

    /// The character of `\uXXXX`, or of two of them that are a pair, and their length.
    static func scalar(_ bytes: Span<UInt8>, at index: Int) -> (Unicode.Scalar, length: Int)? {
        guard let first = unit(bytes, at: index) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        guard first < 0xDC00, let second = unit(bytes, at: index + 6), (0xDC00...0xDFFF).contains(second) else {
            return nil
        }
        return (Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))!, 12)
    }

    /// The number of `\uXXXX`.
    private static func unit(_ bytes: Span<UInt8>, at index: Int) -> UInt32? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var value: UInt32 = 0
        for offset in 2..<6 {
            let byte = bytes[index + offset]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }
}

/// Base 64 with the standard alphabet and padding.
enum Base64Text {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Returns the text of bytes.
    static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
            for place in 0..<4 {
                result.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return result
    }

    /// Returns the bytes of a text, or the text of the error that it is malformed. Line ends are passed over.
    static func decoded(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var bits = 0, count = 0, padding = 0
        for (index, byte) in text.enumerated() where byte != 0x0A && byte != 0x0D {
            if byte == UInt8(ascii: "=") {
                guard count % 4 >= 2 else { return problem(index) }
                padding += 1
                count += 1
                bits <<= 6
            } else {
                guard padding == 0, let value = alphabet.firstIndex(of: byte) else { return problem(index) }
                bits = bits << 6 | value
                count += 1
            }
            guard count % 4 == 0 else { continue }
            for place in 0..<(3 - padding) { result.append(UInt8(truncatingIfNeeded: bits >> (16 - 8 * place))) }
            bits = 0
        }
        return count % 4 == 0 ? result : problem(text.count - count % 4)
    }

    private static func problem(_ place: Int) -> [UInt8] { Array("illegal base64 data at input byte \(place)".utf8) }
}

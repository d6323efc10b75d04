/// Base 64 (RFC 4648), padded.
package struct Base64: Sendable {
    /// With the standard alphabet (section 4).
    package static let standard = Base64(last: "+/")
    /// With the alphabet for addresses (section 5).
    package static let addresses = Base64(last: "-_")

    private let alphabet: [UInt8]

    private init(last: String) {
        alphabet = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
    }

    package func encoded(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start...].prefix(3)
            let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                result.append(place <= group.count ? alphabet[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Returns the bytes, or the place of the first character that is wrong. Line ends may be anywhere.
    package func decoded(_ text: [UInt8]) -> Result<[UInt8], Corrupt> {
        let bytes = text.filter { $0 != 0x0A && $0 != 0x0D }
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let group = bytes[start...].prefix(4)
            let padding = start + 4 >= bytes.count ? group.reversed().prefix { $0 == UInt8(ascii: "=") }.count : 0
            guard group.count == 4, padding <= 2 else { return .failure(Corrupt(offset: start)) }
            var word = 0
            for (place, byte) in group.prefix(4 - padding).enumerated() {
                guard let digit = alphabet.firstIndex(of: byte) else { return .failure(Corrupt(offset: start + place)) }
                word |= digit << (18 - 6 * place)
            }
            result += [16, 8, 0].prefix(3 - padding).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
        return .success(result)
    }

    /// Returns the bytes; nil if the text is not base 64.
    package func decoded(_ text: String) -> [UInt8]? { try? decoded(Array(text.utf8)).get() }

    /// Where a text is not base 64.
    package struct Corrupt: Error {
        package var offset: Int
    }
}

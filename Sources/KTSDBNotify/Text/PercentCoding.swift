internal import GoTemplate
internal import KTSDBModel

/// Percent signs in addresses.
package enum PercentCoding {
    /// Decodes a part of a query: `%41` and `+`.
    static func queryDecoded(_ bytes: [UInt8]) throws -> [UInt8] {
        var result: [UInt8] = [], index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "+") {
                result.append(0x20)
            } else if byte == UInt8(ascii: "%") {
                let digits = String(decoding: bytes[index...].prefix(2), as: UTF8.self)
                guard digits.utf8.count == 2, digits.utf8.allSatisfy(isHexadecimal),
                    let value = UInt8(digits, radix: 16)
                else {
                    throw GoError("invalid URL escape \(goQuoted("%" + digits))")
                }
                result.append(value)
                index += 2
            } else {
                result.append(byte)
            }
        }
        return result
    }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
    }

    /// Encodes a part of a query as Go does; blanks become `+`.
    package static func queryEncoded(_ text: String) -> String {
        encoded(Array(text.utf8), keeping: "-_.~", blank: "+")
    }

    /// Encodes what is not a letter, a digit or one of `kept`.
    static func encoded(_ bytes: [UInt8], keeping kept: String, blank: String = "%20", lower: Bool = false) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            if byte == 0x20 {
                result += blank.utf8
            } else if isAlphanumeric(byte) || kept.utf8.contains(byte) {
                result.append(byte)
            } else {
                let digits = String(byte, radix: 16, uppercase: !lower)
                result += ("%" + (byte < 16 ? "0" : "") + digits).utf8
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
}

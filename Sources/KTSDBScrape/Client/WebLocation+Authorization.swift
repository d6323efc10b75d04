extension WebLocation {
    /// The value of the header `Authorization` for the name and the password in an address; nil if it has no name.
    package var basicAuthorization: String? {
        user.map { user in
            let name = String(decoding: PercentText.decoded(user), as: UTF8.self)
            let secret = String(decoding: PercentText.decoded(password ?? ""), as: UTF8.self)
            return BasicAuthorization.header(name: name, password: secret)
        }
    }
}

/// Percent-encoded texts, as addresses contain them.
package enum PercentText {
    /// Decodes sequences such as `%41`; malformed ones stay as they are.
    package static func decoded(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = [], index = 0
        while index < bytes.count {
            let digits = String(decoding: bytes[index...].dropFirst().prefix(2), as: UTF8.self)
            if bytes[index] == UInt8(ascii: "%"), digits.utf8.count == 2, let byte = UInt8(digits, radix: 16) {
                result.append(byte)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}

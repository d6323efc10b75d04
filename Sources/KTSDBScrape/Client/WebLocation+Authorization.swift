extension WebLocation {
    /// The header for the name and the password in an address; nil without them.
    package var basicAuthorization: String? {
        user.map { user in
            let name = String(decoding: PercentText.decoded(user), as: UTF8.self)
            let secret = String(decoding: PercentText.decoded(password ?? ""), as: UTF8.self)
            return BasicAuthorization.header(name: name, password: secret)
        }
    }
}

/// Texts with percent signs, as they are in addresses.
package enum PercentText {
    /// Decodes `%41`; what is malformed stays as it is.
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

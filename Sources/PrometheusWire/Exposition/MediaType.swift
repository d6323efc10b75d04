/// The media type in a `Content-Type`, read as Go's `mime.ParseMediaType` reads it.
///
/// ```
/// text/plain; version=0.0.4; charset="utf-8"
/// ```
package struct MediaType: Hashable, Sendable {
    /// Type and subtype in lower case, such as `text/plain`.
    package let name: String
    /// The parameters' values by their names in lower case.
    package let parameters: [String: String]

    /// Reads a media type; nil if `text` is malformed, because its meaning is unknown then.
    package init?(_ text: String) {
        var rest = Substring(text).utf8
        Self.skipBlanks(&rest)
        guard let type = Self.token(&rest) else { return nil }
        var name = type
        if rest.first == UInt8(ascii: "/") {
            rest.removeFirst()
            guard let subtype = Self.token(&rest) else { return nil }
            name += "/" + subtype
        }
        Self.skipBlanks(&rest)
        var parameters: [String: String] = [:]
        while !rest.isEmpty {
            guard rest.popFirst() == UInt8(ascii: ";") else { return nil }
            Self.skipBlanks(&rest)
            // A semicolon at the end is skipped.
            if rest.isEmpty { break }
            guard let (key, value) = Self.parameter(&rest), parameters[key] ?? value == value else { return nil }
            parameters[key] = value
            Self.skipBlanks(&rest)
        }
        self.name = name.lowercased()
        self.parameters = parameters
    }

    private static func parameter(_ rest: inout Substring.UTF8View) -> (key: String, value: String)? {
        guard let key = token(&rest) else { return nil }
        skipBlanks(&rest)
        guard rest.popFirst() == UInt8(ascii: "=") else { return nil }
        skipBlanks(&rest)
        guard let value = rest.first == UInt8(ascii: "\"") ? quotedText(&rest) : token(&rest) else { return nil }
        return (key.lowercased(), value)
    }

    private static func skipBlanks(_ rest: inout Substring.UTF8View) {
        rest = rest.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
    }

    private static func token(_ rest: inout Substring.UTF8View) -> String? {
        let token = rest.prefix { byte in
            (0x21...0x7e).contains(byte) && !isSpecial(byte)
        }
        rest = rest.dropFirst(token.count)
        return token.isEmpty ? nil : String(Substring(token))
    }

    private static func quotedText(_ rest: inout Substring.UTF8View) -> String? {
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return nil
            case UInt8(ascii: "\\"):
                guard let next = rest.first, isSpecial(next) else { fallthrough }
                rest.removeFirst()
                bytes.append(next)
            default: bytes.append(byte)
            }
        }
        return nil
    }

    /// Returns whether `byte` cannot be part of a token.
    private static func isSpecial(_ byte: UInt8) -> Bool {
        "()<>@,;:\\\"/[]?=".utf8.contains(byte)
    }
}

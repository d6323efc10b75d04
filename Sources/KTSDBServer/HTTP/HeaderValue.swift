/// A media type as headers write it: `multipart/form-data; boundary="a b"`. `Content-Disposition` has the same syntax.
struct HeaderValue: Hashable {
    /// The part before the parameters, in lowercase.
    var name: String
    /// The parameters by their names in lowercase; if a name is repeated, the first one counts.
    var parameters: [String: String] = [:]

    init(_ text: String) {
        var rest = text.utf8[...]
        name = Self.trimmed(Self.token(&rest, until: ";")).lowercased()
        while rest.popFirst() != nil {
            let name = Self.trimmed(Self.token(&rest, until: "=", ";")).lowercased()
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest.removeFirst()
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let value: String
            if rest.first == UInt8(ascii: "\"") {
                value = Self.quoted(&rest)
                _ = Self.token(&rest, until: ";")
            } else {
                value = Self.trimmed(Self.token(&rest, until: ";"))
            }
            if parameters[name] == nil { parameters[name] = value }
        }
    }

    /// Takes the text before the first of `ends`, which stays.
    private static func token(_ rest: inout Substring.UTF8View, until ends: Unicode.Scalar...) -> Substring {
        let end = rest.firstIndex { byte in ends.contains { UInt8(ascii: $0) == byte } } ?? rest.endIndex
        defer { rest = rest[end...] }
        return Substring(rest[..<end])
    }

    /// Takes a quoted string.
    private static func quoted(_ rest: inout Substring.UTF8View) -> String {
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            // Browsers that send Windows paths do not escape the backslashes in them.
            let escapes = byte == UInt8(ascii: "\\") && (rest.first == UInt8(ascii: "\"") || rest.first == byte)
            bytes.append(escapes ? rest.removeFirst() : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}

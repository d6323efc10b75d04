/// A media type as headers write it: `multipart/form-data; boundary="a b"`. `Content-Disposition` has the same form.
struct HeaderValue: Hashable {
    /// What stands before the parameters, in lowercase.
    var name: String
    /// The parameters by their names in lowercase; of several with one name the first.
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

    /// Takes what stands before one of `ends`, which stays.
    private static func token(_ rest: inout Substring.UTF8View, until ends: Unicode.Scalar...) -> Substring {
        let end = rest.firstIndex { byte in ends.contains { UInt8(ascii: $0) == byte } } ?? rest.endIndex
        defer { rest = rest[end...] }
        return Substring(rest[..<end])
    }

    /// Takes a text in quotation marks.
    private static func quoted(_ rest: inout Substring.UTF8View) -> String {
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            // Browsers that write paths of Windows do not escape what they write.
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

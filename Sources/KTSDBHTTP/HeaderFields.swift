/// The fields of a message's header, in their order.
package struct HeaderFields: Sendable {
    /// The most fields that a message may have.
    package static let limit = 10_000

    package private(set) var fields: [(name: String, value: String)] = []

    package init() {}

    /// Reads the lines of a header section, as leniently as Go's net/http and no more: lines end in LF or CR LF, a line
    /// that begins with a blank continues the one before it, and a field without a name is skipped. A name that
    /// contains a blank is refused in requests, where a server in front of this one might have taken it for the name
    /// without the blank; in answers, it is skipped.
    package init(_ lines: some Sequence<ArraySlice<UInt8>>, isRequest: Bool) throws(HTTPProblem) {
        var name: ArraySlice<UInt8> = [], value: [UInt8] = [], hasField = false
        for line in lines {
            if let first = line.first, ASCII.isBlank(first) {
                guard hasField else { throw .malformed("malformed header: its first line begins with a blank") }
                try Self.check(value: line)
                value.append(ASCII.blank)
                value += ASCII.trimmed(line)
                continue
            }
            if hasField { try add(name, value, isRequest: isRequest) }
            guard let colon = line.firstIndex(of: ASCII.colon) else {
                throw .malformed("malformed header line without a colon")
            }
            name = line[..<colon]
            try Self.check(value: line[(colon + 1)...])
            value = Array(ASCII.trimmed(line[(colon + 1)...]))
            hasField = true
        }
        if hasField { try add(name, value, isRequest: isRequest) }
    }

    private static func check(value: ArraySlice<UInt8>) throws(HTTPProblem) {
        guard value.allSatisfy(ASCII.isFieldValue) else { throw .malformed("invalid header value") }
    }

    private mutating func add(_ name: ArraySlice<UInt8>, _ value: [UInt8], isRequest: Bool) throws(HTTPProblem) {
        guard !name.isEmpty else { return }
        guard name.allSatisfy(ASCII.isToken) else {
            let hasBlanksOnly = name.allSatisfy { ASCII.isToken($0) || $0 == ASCII.blank }
            guard hasBlanksOnly, !isRequest else { throw .malformed("invalid header name") }
            return
        }
        guard fields.count < Self.limit else {
            throw HTTPProblem(431, "the header has more than \(Self.limit) fields")
        }
        fields.append(
            (String(decoding: name, as: UTF8.self), String(decoding: ASCII.trimmed(value[...]), as: UTF8.self)))
    }

    /// Returns the values of the field `name`, which is given in lowercase.
    package func values(of name: StaticString) -> [String] {
        fields.compactMap { ASCII.equals($0.name, name) ? $0.value : nil }
    }

    /// Returns the first value of the field `name`, which is given in lowercase.
    package func first(_ name: StaticString) -> String? {
        fields.first { ASCII.equals($0.name, name) }?.value
    }

    /// Returns whether the lists in a field's values contain `token`. Name and token are given in lowercase.
    package func list(_ name: StaticString, has token: StaticString) -> Bool {
        values(of: name).contains { value in
            value.split(separator: ",").contains { element in
                let bytes = element.utf8.drop { ASCII.isBlank($0) }
                let end = bytes.lastIndex { !ASCII.isBlank($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
                return ASCII.equals(Substring(bytes[..<end]), token)
            }
        }
    }
}

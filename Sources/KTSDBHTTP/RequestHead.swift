/// The head of a request, read as Go's net/http does.
package struct RequestHead: Sendable {
    /// What the client expects before it sends the body.
    package enum Expectation: Sendable { case nothing, continuation, unknown }

    package var method: String
    /// The path and the query.
    package var target: String
    /// The host that the request is for: from the header `Host`, or from the target if that is a whole URL.
    package var host: String
    package var minorVersion: Int
    package var fields: HeaderFields
    package var framing: BodyFraming
    /// Whether the client wants to send further requests on this connection.
    package var keepsAlive: Bool
    package var expectation: Expectation

    /// Reads a header section, including the empty line at its end.
    package init(_ section: [UInt8]) throws(HTTPProblem) {
        var lines = HeaderLines(section)
        let (method, target, version) = try Self.parts(lines.next() ?? [])
        self.method = method
        minorVersion = try Self.minorVersion(version)
        fields = try HeaderFields(lines, isRequest: true)
        let hosts = fields.values(of: "host")
        guard hosts.count < 2 else { throw .malformed("too many Host headers") }
        guard hosts.count == 1 || minorVersion == 0 || method == "CONNECT" else {
            throw .malformed("missing required Host header")
        }
        host = hosts.first ?? ""
        guard host.utf8.allSatisfy(Self.isHost) else { throw .malformed("malformed Host header") }
        framing = try .ofRequest(fields, minorVersion: minorVersion)
        keepsAlive =
            minorVersion == 0
            ? fields.list("connection", has: "keep-alive") : !fields.list("connection", has: "close")
        let expected = fields.first("expect") ?? ""
        if minorVersion > 0, fields.list("expect", has: "100-continue") {
            // The expectation does not apply to a request without a body.
            expectation = framing == .length(0) ? .nothing : .continuation
        } else {
            expectation = expected.isEmpty ? .nothing : .unknown
        }
        self.target = ""
        try readTarget(target)
    }

    private static func parts(
        _ line: ArraySlice<UInt8>
    ) throws(HTTPProblem) -> (String, ArraySlice<UInt8>, ArraySlice<UInt8>) {
        guard let first = line.firstIndex(of: ASCII.blank),
            let second = line[(first + 1)...].firstIndex(of: ASCII.blank)
        else { throw .malformed("malformed HTTP request") }
        let method = line[..<first]
        guard !method.isEmpty, method.allSatisfy(ASCII.isToken) else { throw .malformed("invalid method") }
        return (String(decoding: method, as: UTF8.self), line[(first + 1)..<second], line[(second + 1)...])
    }

    static func minorVersion(_ text: ArraySlice<UInt8>) throws(HTTPProblem) -> Int {
        let text = Array(text), prefix = Array("HTTP/".utf8), digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard text.count == 8, text.starts(with: prefix), text[6] == UInt8(ascii: "."), digits.contains(text[5]),
            digits.contains(text[7])
        else { throw .malformed("malformed HTTP version") }
        guard text[5] == UInt8(ascii: "1") else { throw HTTPProblem(505, "unsupported protocol version") }
        return Int(text[7] - UInt8(ascii: "0"))
    }

    /// Returns whether `byte` may be part of a header `Host`.
    private static func isHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "!$%&'()*+,-.:;=[]_~".utf8.contains(byte)
        }
    }

    private mutating func readTarget(_ bytes: ArraySlice<UInt8>) throws(HTTPProblem) {
        guard !bytes.isEmpty else { throw .malformed("invalid URI for request: it is empty") }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw .malformed("invalid URI for request: it has a control character")
        }
        guard method != "CONNECT" else { return target = "/" }
        var path = bytes
        if bytes.first != UInt8(ascii: "/") {
            let text = String(decoding: bytes, as: UTF8.self)
            if text == "*" { return target = "*" }
            guard let scheme = text.firstRange(of: "://"), Self.isScheme(text[..<scheme.lowerBound]) else {
                throw .malformed("invalid URI for request: it is not a path")
            }
            let rest = text[scheme.upperBound...]
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            host = String(rest[..<end])
            path = Array((rest[end...].hasPrefix("/") ? "" : "/").utf8 + Array(rest[end...].utf8))[...]
        }
        try Self.checkEscapes(path.prefix { $0 != UInt8(ascii: "?") })
        target = String(decoding: path, as: UTF8.self)
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first | 0x20 >= UInt8(ascii: "a"), first | 0x20 <= UInt8(ascii: "z") else {
            return false
        }
        return text.utf8.allSatisfy { ASCII.isToken($0) }
    }

    /// Checks a path with its query, which came without the rest of a request line.
    package static func checkPath(_ path: [UInt8]) throws(HTTPProblem) {
        guard path.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw .malformed("invalid URI for request: it has a control character")
        }
        guard path.first == UInt8(ascii: "/") || path == [UInt8(ascii: "*")] else {
            throw .malformed("invalid URI for request: it is not a path")
        }
        try checkEscapes(path.prefix { $0 != UInt8(ascii: "?") })
    }

    private static func checkEscapes(_ path: ArraySlice<UInt8>) throws(HTTPProblem) {
        var rest = path
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else { continue }
            guard rest.popFirst().flatMap(ASCII.hexValue) != nil, rest.popFirst().flatMap(ASCII.hexValue) != nil else {
                throw .malformed("invalid URI for request: invalid URL escape")
            }
        }
    }
}

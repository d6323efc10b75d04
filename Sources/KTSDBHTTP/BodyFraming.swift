/// How the end of a body is recognised.
package enum BodyFraming: Hashable, Sendable {
    case length(Int)
    case chunked
    /// The body of an answer that ends when its connection does.
    case untilClose

    /// Returns the framing that a request's header announces, as Go's net/http reads it. No two readers of the message
    /// may disagree about its end, so an ambiguous header is refused.
    static func ofRequest(_ fields: HeaderFields, minorVersion: Int) throws(HTTPProblem) -> BodyFraming {
        if try isChunked(fields, minorVersion: minorVersion) { return .chunked }
        return .length(try length(fields) ?? 0)
    }

    /// Returns the framing that the header of an answer to a GET announces.
    static func ofResponse(_ fields: HeaderFields, status: Int, minorVersion: Int) throws(HTTPProblem) -> BodyFraming {
        let isChunked = try isChunked(fields, minorVersion: minorVersion)
        let length = isChunked ? nil : try length(fields)
        if status / 100 == 1 || status == 204 || status == 304 { return .length(0) }
        if isChunked { return .chunked }
        return length.map { .length($0) } ?? .untilClose
    }

    private static func isChunked(_ fields: HeaderFields, minorVersion: Int) throws(HTTPProblem) -> Bool {
        let codings = fields.values(of: "transfer-encoding")
        // HTTP/1.0 does not have transfer codings.
        guard let coding = codings.first, minorVersion > 0 else { return false }
        guard codings.count == 1, ASCII.equals(coding, "chunked") else {
            throw HTTPProblem(501, "unsupported transfer encoding")
        }
        return true
    }

    /// Returns the header `Content-Length`, which may be repeated only if all values are equal.
    private static func length(_ fields: HeaderFields) throws(HTTPProblem) -> Int? {
        let lengths = fields.values(of: "content-length")
        guard let text = lengths.first else { return nil }
        guard lengths.allSatisfy({ $0 == text }) else {
            throw .malformed("the message has several headers Content-Length that differ")
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let length = Int(text) else {
            throw .malformed("bad Content-Length")
        }
        return length
    }
}

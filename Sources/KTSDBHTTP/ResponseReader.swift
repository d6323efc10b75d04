package import NIOCore

/// The head of an answer.
package struct ResponseHead: Sendable {
    package var status: Int
    /// The server's text for the status; often empty.
    package var reason: String
    package var fields: HeaderFields
    package var framing: BodyFraming
    /// Whether the server will answer further requests on this connection.
    package var keepsAlive: Bool

    /// Reads a header section, including the empty line at its end.
    init(_ section: [UInt8]) throws(HTTPProblem) {
        var lines = HeaderLines(section)
        let line = lines.next() ?? []
        guard let blank = line.firstIndex(of: ASCII.blank) else { throw .malformed("malformed HTTP response") }
        let minorVersion = try RequestHead.minorVersion(line[..<blank])
        let rest = line[blank...].drop { $0 == ASCII.blank }
        let code = rest.prefix { $0 != ASCII.blank }
        guard code.count == 3, let status = Int(String(decoding: code, as: UTF8.self)), status >= 0 else {
            throw .malformed("malformed HTTP status code")
        }
        self.status = status
        reason = String(decoding: ASCII.trimmed(rest.dropFirst(3)), as: UTF8.self)
        fields = try HeaderFields(lines, isRequest: false)
        framing = try .ofResponse(fields, status: status, minorVersion: minorVersion)
        keepsAlive =
            framing != .untilClose
            && (minorVersion == 0
                ? fields.list("connection", has: "keep-alive") : !fields.list("connection", has: "close"))
    }
}

/// Takes answers from the bytes of a connection, one after the other.
package struct ResponseReader: Sendable {
    package enum Part: Sendable {
        case head(ResponseHead)
        case body(ByteBuffer)
        case end
        /// The next part has not arrived completely.
        case missing
    }

    private enum State { case head(HeaderSearch), body(BodyReader) }

    private var state = State.head(HeaderSearch())
    private var informational = 0

    package init() {}

    /// Takes the next part of an answer to a GET from the beginning of `buffer`.
    package mutating func next(in buffer: inout ByteBuffer) throws(HTTPProblem) -> Part {
        switch state {
        case .head(var search):
            guard let length = try search.length(in: buffer) else {
                state = .head(search)
                return .missing
            }
            let head = try ResponseHead(buffer.readBytes(length: length) ?? [])
            if head.status / 100 == 1, head.status != 101 {
                informational += 1
                guard informational <= 5 else { throw .malformed("too many 1xx informational responses") }
                state = .head(HeaderSearch())
                return try next(in: &buffer)
            }
            state = .body(BodyReader(head.framing))
            return .head(head)
        case .body(var body):
            defer { if case .body = state { state = .body(body) } }
            switch try body.next(in: &buffer) {
            case .bytes(let bytes): return .body(bytes)
            case .missing: return .missing
            case .end:
                self = ResponseReader()
                return .end
            }
        }
    }

    /// Ends an answer at the end of its connection.
    /// - Throws: An error if the answer is incomplete.
    package mutating func endOfInput() throws(HTTPProblem) {
        guard case .body(var body) = state else { throw .cutOff }
        try body.endOfInput()
        state = .body(body)
    }
}

import KTSDBHTTP
import KTSDBTesting
import NIOCore
import Testing

@Suite struct `The head of a request` {
    static func head(_ text: String) throws -> RequestHead {
        var buffer = ByteBuffer(string: text), search = HeaderSearch()
        let length = try #require(try search.length(in: buffer))
        return try RequestHead(buffer.readBytes(length: length) ?? [])
    }

    /// The status that a request is refused with; nil when it is not.
    static func refusal(_ text: String) throws -> Int? {
        do { _ = try head(text) } catch let problem as HTTPProblem { return problem.status }
        return nil
    }

    @Test(arguments: [
        "GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\n", "GET /a?b=c HTTP/1.1\nHost: x\nX-A: 1\n\n",
        "GET /a?b=c HTTP/1.1\r\nHost: x\nX-A:1\r\n\n", "GET /a?b=c HTTP/1.1\r\nhOST:\tx \r\nX-A:\r\n 1\r\n\r\n",
        "GET http://x/a?b=c HTTP/1.1\r\nHost: y\r\nx-a: 1\r\n\r\n",
        "GET /a?b=c HTTP/1.1\r\nHost: x\r\n: 2\r\nX-A: 1\r\n\r\n",
    ])
    func `is read with either end of lines, blanks around values, and lines that go on`(text: String) throws {
        let head = try Self.head(text)
        #expect(head.method == "GET" && head.target == "/a?b=c" && head.host == "x")
        #expect(head.fields.first("x-a") == "1")
        #expect(head.keepsAlive && head.minorVersion == 1 && head.framing == .length(0))
    }

    @Test(
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), ("GET / HTTP/1.0\r\n\r\n", nil),
            ("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/11\r\nHost: a\r\n\r\n", 400),
            ("GET /\r\nHost: a\r\n\r\n", 400), ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /?%zz HTTP/1.1\r\nHost: a\r\n\r\n", nil),
            ("GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: b\u{1}\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 400), ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", nil),
        ] as [(String, Int?)])
    func `is refused where Go refuses it`(text: String, status: Int?) throws {
        #expect(try Self.refusal(text) == status, "\(text.debugDescription)")
    }

    @Test(
        arguments: [
            ("Content-Length: 4", .length(4)), ("Content-Length: 4\r\ncontent-length: 4", .length(4)),
            ("Content-Length: 04", .length(4)),
            ("Content-Length: 4\r\nContent-Length: 5", nil), ("Content-Length: 4\r\nContent-Length: 04", nil),
            ("Content-Length: 4, 4", nil), ("Content-Length: +4", nil),
            ("Content-Length: -1", nil), ("Content-Length:", nil), ("Content-Length: 0x4", nil),
            ("Content-Length: 99999999999999999999", nil),
            ("Transfer-Encoding: Chunked", .chunked), ("Transfer-Encoding: chunked\r\nContent-Length: 4", .chunked),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", nil),
            ("Transfer-Encoding: gzip, chunked", nil),
            ("Transfer-Encoding: identity", nil), ("Transfer-Encoding:\r\n chunked", .chunked),
            ("Transfer-Encoding: xchunked", nil),
        ] as [(String, BodyFraming?)])
    func `says where the body ends in one way only`(fields: String, framing: BodyFraming?) throws {
        let found = try? Self.head("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n").framing
        #expect(found == framing, "\(fields.debugDescription)")
    }

    @Test func `of HTTP 1.0 knows no chunks, and closes the connection unless it says otherwise`() throws {
        let head = try Self.head("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n")
        #expect(head.framing == .length(3) && !head.keepsAlive)
        #expect(try Self.head("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n").keepsAlive)
        #expect(try !Self.head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x,CLOSE\r\n\r\n").keepsAlive)
    }

    @Test func `expects a continuation for a body only`() throws {
        func expectation(_ fields: String) throws -> RequestHead.Expectation {
            try Self.head("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n").expectation
        }
        #expect(try expectation("Expect: 100-Continue\r\nContent-Length: 1") == .continuation)
        #expect(try expectation("Expect: 100-continue\r\nTransfer-Encoding: chunked") == .continuation)
        #expect(try expectation("Expect: 100-continue\r\nContent-Length: 0") == .nothing)
        #expect(try expectation("Content-Length: 1") == .nothing)
        #expect(try expectation("Expect: 200-ok\r\nContent-Length: 1") == .unknown)
    }

    @Test(arguments: [300, 5_000, 10_000])
    func `may have very many fields`(count: Int) throws {
        let fields = (1..<count).map { "X-\($0): 1\r\n" }.joined()
        #expect(try Self.head("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").fields.fields.count == count)
    }

    @Test func `is refused when it is too long, and says what is`() throws {
        let long = String(repeating: "a", count: 1 << 20)
        #expect(try Self.refusal("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n") == nil)
        #expect(try Self.refusal("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n") == nil)
        #expect(try Self.refusal("GET /\(long)\(long) HTTP/1.1\r\nHost: a\r\n\r\n") == 414)
        #expect(try Self.refusal("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\nY: \(long)\r\n\r\n") == 431)
        #expect(
            try Self.refusal("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "a:\n", count: 10_001) + "\n") == 431)
        var search = HeaderSearch()
        #expect(throws: HTTPProblem.self) { try search.length(in: ByteBuffer(string: long + long)) }
    }

    @Test func `is found in the same place however its bytes arrive`() throws {
        let text = Array("GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\nrest\n\n".utf8)
        var whole = HeaderSearch(), search = HeaderSearch()
        let length = try #require(try whole.length(in: ByteBuffer(bytes: text)))
        for count in 1..<length { #expect(try search.length(in: ByteBuffer(bytes: text.prefix(count))) == nil) }
        #expect(try search.length(in: ByteBuffer(bytes: text.prefix(length))) == length)
    }
}

import KTSDBHTTP
import KTSDBTesting
import NIOCore
import Testing

@Suite struct `A chunked body` {
    /// The data of a body that arrives in pieces of this size; nil when it is refused or cut off.
    static func data(_ text: String, pieces: Int = 1 << 20) -> String? {
        var reader = BodyReader(.chunked), buffer = ByteBuffer(), data = ""
        var rest = Array(text.utf8)[...]
        while true {
            do {
                switch try reader.next(in: &buffer) {
                case .bytes(let bytes): data += String(buffer: bytes)
                case .end: return data
                case .missing:
                    guard !rest.isEmpty else { return nil }
                    buffer.writeBytes(rest.prefix(pieces))
                    rest = rest.dropFirst(pieces)
                }
            } catch { return nil }
        }
    }

    @Test(
        arguments: [
            ("4\r\nabcd\r\n0\r\n\r\n", "abcd"), ("004\r\nabcd\r\n0000\r\n\r\n", "abcd"),
            ("A\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n", "0123456789x"),
            ("1;a=b\r\nx\r\n0\r\n\r\n", "x"), ("1 \t\r\nx\r\n0;c\r\n\r\n", "x"), ("0\r\nX: y\r\n\r\n", ""),
            ("1\r\nx\r\n0\r\nX: y\nZ: w\n\n", "x"),
            ("\r\nx\r\n0\r\n\r\n", nil), ("g\r\nx\r\n0\r\n\r\n", nil), ("-1\r\nx\r\n0\r\n\r\n", nil),
            ("0x1\r\nx\r\n0\r\n\r\n", nil), (" 1\r\nx\r\n0\r\n\r\n", nil),
            ("1\nx\r\n0\r\n\r\n", nil), ("1\r\nx\n0\r\n\r\n", nil), ("1\r\nxy\r\n0\r\n\r\n", nil),
            ("1\r\r\nx\r\n0\r\n\r\n", nil), ("1;\r\n\r\nx\r\n0\r\n\r\n", nil),
            ("10000000000000000\r\nx", nil), ("ffffffffffffffff\r\nx", nil), ("1\r\nx\r\n0\r\nno colon\r\n\r\n", nil),
            ("1\r\nx", nil),
        ] as [(String, String?)])
    func `is read as Go reads it, in any pieces`(text: String, data: String?) {
        for pieces in [1, 2, 3, 7, 1 << 20] {
            #expect(Self.data(text, pieces: pieces) == data, "\(text.debugDescription)")
        }
    }

    @Test func `may come byte by byte, but not with more around it than in it`() {
        #expect(
            Self.data(String(repeating: "1\r\nx\r\n", count: 100_000) + "0\r\n\r\n")
                == String(repeating: "x", count: 100_000))
        let extended = "1;" + String(repeating: "a", count: 200) + "\r\nx\r\n"
        #expect(Self.data(String(repeating: extended, count: 10) + "0\r\n\r\n") != nil)
        #expect(Self.data(String(repeating: extended, count: 1000) + "0\r\n\r\n") == nil)
        #expect(Self.data("1;" + String(repeating: "a", count: 5000) + "\r\nx\r\n0\r\n\r\n") == nil)
        #expect(Self.data("0\r\nX: " + String(repeating: "a", count: 5000) + "\r\n\r\n") == nil)
    }
}

@Suite struct `An answer` {
    /// The status and the body of an answer, and whether more may follow; nil when it cannot be read.
    static func read(_ text: String, pieces: Int = 1 << 20) -> (status: Int, body: String, keepsAlive: Bool)? {
        var reader = ResponseReader(), buffer = ByteBuffer(), head: ResponseHead?, body = ""
        var rest = Array(text.utf8)[...]
        do {
            while true {
                switch try reader.next(in: &buffer) {
                case .head(let found): head = found
                case .body(let bytes): body += String(buffer: bytes)
                case .end: return head.map { ($0.status, body, $0.keepsAlive) }
                case .missing:
                    if rest.isEmpty { try reader.endOfInput() }
                    buffer.writeBytes(rest.prefix(pieces))
                    rest = rest.dropFirst(pieces)
                }
            }
        } catch { return nil }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1\n", "HTTP/1.1 200 OK\nContent-Length: 4\n\na 1\n",
        "HTTP/1.1 200\r\nContent-Length: 4\r\n\na 1\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\na 1\n", "HTTP/1.0 200 OK\r\n\r\na 1\n",
        "HTTP/1.1  200 OK\r\n\r\na 1\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\na 1\n",
        "HTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 4\r\n\r\na 1\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na 1\n\r\n0\r\n\r\n",
    ])
    func `is read as Go reads it, in any pieces`(text: String) throws {
        for pieces in [1, 5, 1 << 20] {
            let (status, body, _) = try #require(Self.read(text, pieces: pieces), "\(text.debugDescription)")
            #expect(status == 200 && body == "a 1\n")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\na 1\nb",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na 1\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nA\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nA", "",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na 1\n", "HTTP/1.1 200 OK\r\nA@: b\r\n\r\n",
    ])
    func `is refused where Go refuses it, and when it breaks off`(text: String) {
        #expect(Self.read(text) == nil, "\(text.debugDescription)")
    }

    @Test func `tells whether its connection may be used again`() throws {
        #expect(try #require(Self.read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).keepsAlive)
        #expect(try #require(Self.read("HTTP/1.1 204 No Content\r\n\r\n")).keepsAlive)
        #expect(try !#require(Self.read("HTTP/1.1 200 OK\r\n\r\na")).keepsAlive)
        #expect(
            try !#require(Self.read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")).keepsAlive)
        #expect(try !#require(Self.read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")).keepsAlive)
    }
}

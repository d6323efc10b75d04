import KTSDBEngine
import KTSDBModel
import KTSDBServer
import NIOCore
import Testing

@Suite struct `A connection` {
    private static let get = "GET /api/v1/query?query=7&time=1 HTTP/1.1\r\nHost: a\r\n"
    private static let last = get + "Connection: close\r\n\r\n"

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST /api/v1/query HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\(fields)\r\n\(body)"
    }

    @Test func `is kept from one request to the next, also when they come byte by byte or all at once`() async throws {
        try await ListeningServer.run { server in
            let requests =
                Self.get + "\r\n" + Self.post("Content-Length: 14\r\n", "query=8&time=1") + "\r\n" + Self.last
            let whole = try await server.answer(to: requests)
            #expect(whole.components("HTTP/1.1 200 OK\r\n") == 3)
            let places = ["\"8\"", "Connection: close", "\"7\""].compactMap { whole.lastRange(of: $0)?.lowerBound }
            #expect(places.count == 3 && places == places.sorted())
            let connection = try await RawConnection(server.port)
            for byte in requests.unicodeScalars { try await connection.send("\(byte)") }
            #expect(try await connection.receiveAll().components("HTTP/1.1 200 OK\r\n") == 3)
        }
    }

    @Test func `answers ten thousand requests that were sent ahead, and others meanwhile`() async throws {
        try await ListeningServer.run { server in
            let ahead = try await RawConnection(server.port)
            try await ahead.send(String(repeating: "GET /-/healthy HTTP/1.1\nHost: a\n\n", count: 10_000) + Self.last)
            #expect(try await server.answer(to: Self.last).contains("\"7\""))
            #expect(try await ahead.receiveAll().components("HTTP/1.1 200 OK\r\n") == 10_001)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400, "missing required Host header"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "too many Host headers"),
        ("nonsense\r\n\r\n", 400, "malformed HTTP request"),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "unsupported protocol version"),
        (post("Content-Length: 14\r\nContent-Length: 15\r\n", "query=7&time=1"), 400, "differ"),
        (post("Transfer-Encoding: gzip, chunked\r\n"), 501, "unsupported transfer encoding"),
        (post("Expect: tea\r\nContent-Length: 14\r\n"), 417, "100-continue"),
    ])
    func `ends with a request that cannot be read, and says why`(request: String, status: Int, reason: String)
        async throws
    {
        try await ListeningServer.run { server in
            let answer = try await server.answer(to: request + Self.last)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(
                answer.contains(reason) && answer.contains("Connection: close\r\n")
                    && answer.components("HTTP/1.1") == 1)
        }
    }

    @Test(arguments: ["zz\r\n", "-1\r\n", "1\nx\n", "\r\n", "1\r\nxy\r\n", "fffffffffffffffff\r\n"])
    func `answers bad chunks with 400`(chunks: String) async throws {
        try await ListeningServer.run { server in
            let answer = try await server.answer(to: Self.post("Transfer-Encoding: chunked\r\n", chunks) + Self.last)
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.components("HTTP/1.1") == 1, "\(answer)")
        }
    }

    @Test(arguments: [
        post("Transfer-Encoding: chunked\r\n", "6\r\nquery=\r\n8\r\n7&time=1\r\n0\r\n\r\n"),
        post("Content-Length: 14\r\nContent-Length: 14\r\n", "query=7&time=1"),
        post("Content-Length: 14\r\n", "query=7&time=1").replacing("\r\n", with: "\n"),
        post((0..<500).map { "X-\($0): 1\r\n" }.joined() + "Content-Length: 14\r\n", "query=7&time=1"),
        "GET http://b/api/v1/query?query=7&time=1 HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
    func `takes what Go takes`(request: String) async throws { try await Self.expectAnswer(to: request) }

    @Test func `takes a path of a million characters`() async throws {
        let path = "/api/v1/query?query=7&time=1&x=\(String(repeating: "x", count: 1_000_000))"
        try await Self.expectAnswer(to: "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    private static func expectAnswer(to request: String) async throws {
        try await ListeningServer.run { server in
            let answer = try await server.answer(to: request + last)
            #expect(answer.components("\"7\"") == 2, "\(answer.prefix(300))")
        }
    }

    @Test func `of HTTP 1.0 ends with the answer unless it is to be kept`() async throws {
        try await ListeningServer.run { server in
            let answer = try await server.answer(to: "GET /-/healthy HTTP/1.0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.0 200 OK\r\n") && answer.contains("Connection: close\r\n"))
            let kept = "GET /-/healthy HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
            #expect(try await server.answer(to: kept + kept + Self.last).components(" 200 OK\r\n") == 3)
        }
    }

    @Test func `sends no body to HEAD, and none with 204`() async throws {
        try await ListeningServer.run { server in
            let answer = try await server.answer(
                to:
                    "HEAD /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("HTTP/1.1 204 No Content\r\n"))
            #expect(!answer.contains("Healthy") && answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `tells a client that waits for it to send its body`() async throws {
        try await ListeningServer.run { server in
            let connection = try await RawConnection(server.port)
            try await connection.send(Self.post("Expect: 100-continue\r\nContent-Length: 14\r\nConnection: close\r\n"))
            #expect(try await connection.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.send("query=7&time=1")
            let answer = try await connection.receiveAll()
            #expect(
                answer.contains("HTTP/1.1 200 OK\r\n") && answer.contains("\"7\"")
                    && answer.components("100 Continue") == 1)
        }
    }

    @Test(arguments: [
        ("POST /nope HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n", 404),
        (post("Expect: 100-continue\r\nContent-Length: 99999999\r\n"), 413),
        (post("Expect: 100-continue\r\nContent-Encoding: br\r\nContent-Length: 14\r\n"), 415),
    ])
    func `answers at once what needs no body, and asks for none`(request: String, status: Int) async throws {
        try await ListeningServer.run { server in
            let answer = try await server.answer(to: request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains("Connection: close\r\n"), "\(answer)")
        }
    }

    @Test func `gives an answer that comes early to a client that goes on sending`() async throws {
        try await ListeningServer.run { server in
            let connection = try await RawConnection(server.port)
            try await connection.send(Self.post("Content-Length: 99999999\r\n"))
            for _ in 0..<20 { try? await connection.send(String(repeating: "a", count: 100_000)) }
            #expect(try await connection.receiveAll().hasPrefix("HTTP/1.1 413 "))
            // A short rest of a body is passed over instead.
            let rest =
                "POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
                + String(repeating: "a", count: 100_000)
            #expect(try await server.answer(to: rest + Self.last).contains("\"7\""))
        }
    }

    @Test func `is cut when a request takes too long to arrive, or none comes`() async throws {
        try await ListeningServer.run(options: { $0.readTimeout = .seconds(4) }) { server in
            for beginning in ["GET / HTTP/1.1\r\nX: ", Self.post("Content-Length: 99999\r\n", "query=")] {
                let connection = try await RawConnection(server.port)
                // One that other tests keep from beginning in time is cut, too.
                try? await connection.send(beginning)
                for _ in 0..<60_000 where !connection.isClosed {
                    try? await connection.send("a")
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(connection.isClosed)
                #expect(connection.text.hasPrefix("HTTP/1.1 408 ") || connection.text.isEmpty, "\(connection.text)")
            }
            #expect(try await server.answer(to: "").isEmpty)
            let kept = try await RawConnection(server.port)
            try await kept.send(Self.get + "\r\n")
            #expect(try await kept.receiveAll().components("HTTP/1.1") == 1)
        }
    }

    @Test func `is cut when its client does not read, which costs nobody else memory`() async throws {
        try await ListeningServer.run(options: { $0.connectionLimits.writeTimeout = .milliseconds(300) }) { server in
            try server.storeWide()
            let connection = try await RawConnection(server.port, reads: false)
            try await connection.send(
                "GET /api/v1/query_range?query=wide&start=0&end=10000&step=1 HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<60_000 where server.state.connections.openCount > 0 {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(server.state.connections.openCount == 0)
            await connection.close()
        }
        // One that reads gets all of it.
        try await ListeningServer.run { server in
            try server.storeWide()
            let reader = try await RawConnection(server.port)
            try await reader.send(
                "GET /api/v1/query_range?query=wide&start=0&end=10000&step=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            )
            let answer = try await reader.receiveAll()
            #expect(answer.hasSuffix("\r\n0\r\n\r\n") && answer.utf8.count > 10_000_000)
        }
    }

    @Test func `makes room for another when it waits, and else has it wait`() async throws {
        try await ListeningServer.run(options: { $0.maximumConnections = 2 }) { server in
            let first = try await RawConnection(server.port), second = try await RawConnection(server.port)
            try await first.send(Self.get + "\r\n")
            try await first.receive(until: "\"7\"")
            try await second.sendHalf(Self.post("Expect: 100-continue\r\nContent-Length: 14\r\n"))
            // The first has been answered and waits for what comes next; the second sends its request.
            #expect(try await server.answer(to: Self.last).contains("\"7\""))
            try await first.receiveAll()
            let third = try await RawConnection(server.port)
            try await third.sendHalf(Self.post("Expect: 100-continue\r\nContent-Length: 14\r\n"))
            let fourth = try await RawConnection(server.port)
            try await fourth.send(Self.last)
            for _ in 0..<100 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(fourth.text.isEmpty && !fourth.isClosed)
            try await second.send("8&time=1")
            #expect(try await second.receive(until: "\"8\"").contains("\"8\""))
            #expect(try await fourth.receiveAll().contains("\"7\""))
            await third.close()
        }
    }
}

extension RawConnection {
    /// Sends a request whose form is not whole; the server waits for the rest of it then.
    fileprivate func sendHalf(_ head: String) async throws {
        try await send(head)
        try await receive(until: "100 Continue")
        try await send("query=")
    }
}

extension ListeningServer {
    /// Stores 50 series whose range of 10,000 steps is an answer of more than ten megabytes.
    func storeWide() throws {
        let summary = try database.append { batch in
            for index in 0..<50 {
                for time in stride(from: Int64(0), through: 10_000_000, by: 250_000) {
                    batch.append(
                        Double(index) * 1.1 + 0.123456789, at: Timestamp(milliseconds: time),
                        to: ["__name__": "wide", "i": "\(index)"])
                }
            }
        }
        #expect(summary.rejected == 0)
    }
}

extension String {
    /// How often `part` is in the text.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
    fileprivate func lastRange(of part: String) -> Range<String.Index>? { ranges(of: part).last }
}

@Suite struct `The date of an answer` {
    @Test(
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] as [(Int64, String)])
    func `is written as HTTP does`(seconds: Int64, text: String) { #expect(HTTPDate.format(seconds) == text) }
}

@Suite struct `The limits of connections` {
    private static let limits: ConnectionLimits = {
        var limits = ConnectionLimits()
        limits.readTimeout = .seconds(100)
        limits.writeTimeout = .seconds(30)
        limits.lingering = .seconds(1)
        limits.patience = .seconds(5)
        return limits
    }()

    private static func activity(_ kind: ConnectionActivity.Kind, _ seconds: Int64) -> ConnectionActivity {
        ConnectionActivity(kind, since: .uptimeNanoseconds(1_000_000_000_000) - .seconds(seconds))
    }

    private static let now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test(
        arguments: [
            (.waiting, 100), (.reading, 100), (.stalled, 30), (.closing, 1),
        ] as [(ConnectionActivity.Kind, Int64)])
    func `end what takes as long as they say, and not before`(kind: ConnectionActivity.Kind, limit: Int64) {
        #expect(Self.limits.isOver(Self.activity(kind, limit), at: Self.now))
        #expect(!Self.limits.isOver(Self.activity(kind, limit - 1), at: Self.now))
        #expect(!Self.limits.isOver(Self.activity(.answering, 1_000_000), at: Self.now))
    }

    @Test func `are applied to what is packed into a word`() {
        for kind in [ConnectionActivity.Kind.waiting, .reading, .answering, .stalled, .closing] {
            let activity = Self.activity(kind, 7)
            #expect(ConnectionActivity(packed: activity.packed) == activity)
        }
    }

    @Test func `make room by closing who has waited longest, then who is slow, and nobody who is being answered`() {
        func first(_ activities: ConnectionActivity...) -> Int? {
            let found = Self.limits.candidates(of: activities, at: Self.now)
            return found.waiting.first ?? found.slow.first
        }
        let slow = Self.activity(.reading, 6), stalled = Self.activity(.stalled, 7), quick = Self.activity(.reading, 4)
        #expect(first(slow, Self.activity(.waiting, 0), Self.activity(.waiting, 2), Self.activity(.answering, 90)) == 2)
        #expect(first(quick, slow, stalled) == 2)
        #expect(first(quick, slow) == 1)
        #expect(first(quick, Self.activity(.answering, 90)) == nil)
        #expect(first() == nil)
    }
}

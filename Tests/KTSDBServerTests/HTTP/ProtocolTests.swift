import CZlib
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBHTTP
import KTSDBModel
import KTSDBServer
import Testing

@Suite struct `The protocol` {
    @Test func `Paths that do not exist are answered in plain text`() async throws {
        try await TestServer.run { server in
            for path in ["/nope", "/api/v1/nope", "/api/v3/query"] {
                let response = try await server.get(path)
                #expect(response.status == .notFound)
                #expect(response.text == "404 page not found\n")
                #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
            }
        }
    }

    @Test func `Other methods are refused with those that are allowed`() async throws {
        try await TestServer.run { server in
            for (path, method, allowed) in [
                ("/api/v1/query", HTTPRequest.Method.delete, "GET, OPTIONS, POST"),
                ("/api/v1/write", .get, "OPTIONS, POST"),
                ("/api/v1/query", .head, "GET, OPTIONS, POST"), ("/metrics", .post, "GET, OPTIONS"),
            ] {
                let response = try await server.client.execute(uri: path, method: method)
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == allowed)
            }
        }
    }

    @Test func `Web pages of other origins are let in, or only those named`() async throws {
        let headers: HTTPFields = [.origin: "http://example.org"]
        try await TestServer.run { server in
            let response = try await server.client.execute(uri: "/api/v1/query", method: .options, headers: headers)
            #expect(response.status == .noContent)
            #expect(response.headers[.accessControlAllowOrigin] == "*")
            #expect(response.headers[.accessControlAllowMethods] == "GET, POST, OPTIONS")
            let plain = try await server.get("/api/v1/query?query=1")
            #expect(plain.headers[.accessControlAllowOrigin] == nil && plain.headers[.vary] == "Origin")
            let failed = try await server.get("/api/v1/query?query=(", headers: headers)
            #expect(failed.headers[.accessControlAllowOrigin] == "*")
        }
        try await TestServer.run(options: { $0.corsOrigin = "https?://example.org" }) { server in
            let named = try await server.get("/api/v1/query?query=1", headers: headers)
            #expect(named.headers[.accessControlAllowOrigin] == "http://example.org")
            let other = try await server.get("/api/v1/query?query=1", headers: [.origin: "http://example.org.evil"])
            #expect(other.headers[.accessControlAllowOrigin] == nil)
            #expect(other.headers[.accessControlExposeHeaders] == "Date")
        }
    }

    @Test(arguments: ["gzip", "deflate"])
    func `Long answers are compressed for those who can read them`(coding: String) async throws {
        try await TestServer.run { server in
            for x in 0..<3000 { try server.store(["__name__": "a", "x": "\(x)"], [(1, Double(x))]) }
            let path = "/api/v1/query?query=a&time=1"
            let plain = try await server.get(path)
            #expect(plain.headers[.contentEncoding] == nil)
            let packed = try await server.get(path, headers: [.acceptEncoding: coding])
            #expect(packed.headers[.contentEncoding] == coding)
            #expect(packed.headers[.contentLength] == nil)
            #expect(packed.headers[.vary] == "Accept-Encoding, Origin")
            #expect(packed.body.readableBytes < plain.body.readableBytes / 4)
            #expect(Self.inflated(packed.body) == Array(plain.body.readableBytesView))
        }
    }

    @Test func `Short answers are not compressed`() async throws {
        try await TestServer.run { server in
            let response = try await server.get("/api/v1/query?query=1", headers: [.acceptEncoding: "gzip"])
            #expect(response.headers[.contentEncoding] == nil)
        }
    }

    @Test(
        arguments: [
            ("gzip", .gzip), ("deflate, gzip, br", .gzip), ("deflate", .deflate), ("br", nil), ("", nil),
            ("gzip;q=0", nil),
            ("gzip;q=0, deflate;q=0.5", .deflate), ("GZIP", .gzip), ("identity", nil),
        ] as [(String, ContentCoding?)])
    func `The client's choice of coding is read`(header: String, coding: ContentCoding?) {
        #expect(ContentCoding(acceptEncoding: header) == coding)
    }

    /// What a compressed body holds, in either form.
    private static func inflated(_ body: ByteBuffer) -> [UInt8] {
        var input = Array(body.readableBytesView)
        var output = [UInt8](repeating: 0, count: 4 << 20)
        var stream = unsafe z_stream()
        let count = unsafe input.withUnsafeMutableBufferPointer { from in
            unsafe output.withUnsafeMutableBufferPointer { to in
                unsafe stream.next_in = from.baseAddress
                unsafe stream.avail_in = UInt32(from.count)
                unsafe stream.next_out = to.baseAddress
                unsafe stream.avail_out = UInt32(to.count)
                // 32: gzip and zlib are told apart by their headers.
                unsafe inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                let status = unsafe inflate(&stream, Z_FINISH)
                unsafe inflateEnd(&stream)
                return status == Z_STREAM_END ? unsafe Int(stream.total_out) : 0
            }
        }
        return Array(output[..<count])
    }

    @Test func `Until the database is open everything but liveness waits`() async throws {
        try await TestServer.run(isReady: false) { server in
            for path in ["/-/ready", "/api/v1/query?query=1", "/api/v1/labels", "/federate?match%5B%5D=a"] {
                try await server.expect(path, .serviceUnavailable, "Service Unavailable")
            }
            try await server.expect("/-/healthy", .ok, "ktsdb is Healthy.\n")
            #expect(try await server.get("/metrics").text.contains("prometheus_ready 0\n"))
        }
        try await TestServer.run { server in
            try await server.expect("/-/ready", .ok, "ktsdb is Ready.\n")
            for path in ["/-/ready", "/-/healthy"] {
                let response = try await server.client.execute(uri: path, method: .head)
                #expect(response.status == .ok)
                #expect(response.body.readableBytes == 0)
            }
        }
    }

    @Test func `All paths can stand below a prefix`() async throws {
        try await TestServer.run(options: { $0.givenRoutePrefix = "/metrics/db" }) { server in
            try await server.expect("/metrics/db/-/ready", .ok, "ktsdb is Ready.\n")
            #expect(try await server.get("/metrics/db/").text.contains("href=\"/metrics/db/api/v1/targets\""))
            #expect(try await server.get("/-/ready").status == .notFound)
        }
    }

    @Test func `Lifecycle requests are off unless switched on, and never by GET`() async throws {
        try await TestServer.run { server in
            for path in ["/-/reload", "/-/quit"] {
                let response = try await server.post(path)
                #expect(response.status == .forbidden)
                #expect(response.text == "Lifecycle API is not enabled.")
                try await server.expect(path, .methodNotAllowed, "Only POST or PUT requests allowed")
                #expect(try await server.get(path).headers[.allow] == "OPTIONS, POST, PUT")
            }
        }
    }

    @Test func `A form that is too long is refused`() async throws {
        try await TestServer.run { server in
            let form = "query=" + String(repeating: "1", count: RequestParameters.longestForm)
            let response = try await server.post("/api/v1/query", form: form)
            #expect(response.status == .contentTooLarge)
        }
    }
}

@Suite struct `Request parameters` {
    @Test(arguments: [
        ("a=1&b=2&a=3", ["1", "3"]), ("a=", [""]), ("a", [""]), ("b=1", []), ("a=%41+%2b%C3%A9", ["A +é"]),
        ("a=x%3Dy%26z", ["x=y&z"]), ("&&a=1&", ["1"]), ("a=1=2", ["1=2"]), ("%61=1", ["1"]),
    ])
    func `Forms are read as browsers write them`(form: String, values: [String]) {
        let parameters = RequestParameters(form: form)
        #expect(parameters.all("a") == values)
        #expect(parameters["a"] == values.first ?? "")
        #expect(parameters.problem == nil)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%q=1"])
    func `What is no form is left out and noted`(form: String) {
        let parameters = RequestParameters(form: form + "&b=2")
        #expect(parameters.all("a") == [])
        #expect(parameters["b"] == "2")
        #expect(parameters.problem == "invalid URL escape in \"\(form)\"")
    }
}

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import Testing

@Suite struct `A form in parts` {
    static func part(_ name: String, _ value: String, fields: String = "") -> String {
        "--B\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\(fields)\r\n\(value)\r\n"
    }

    private static let end = "--B--\r\n"

    private static func post(
        _ server: TestServer, _ path: String, _ body: String, type: String = "multipart/form-data; boundary=B",
        coding: String? = nil
    ) async throws -> TestResponse {
        var headers: HTTPFields = [.contentType: type]
        headers[.contentEncoding] = coding
        return try await server.client.execute(
            uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
    }

    private static func expect(
        _ text: String, in response: TestResponse, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(response.text.contains(text), "\(response.text)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        part("query", "7") + part("time", "10") + end,
        (part("query", "7") + part("time", "10") + end).replacing("\r\n", with: "\n"),
        "preamble\r\n--Bx\r\n" + part("query", "7") + part("time", "10") + end + "epilogue",
        part("file\"; filename=\"f", "time=1") + part("query", "7") + part("time", "10") + end,
        part("query", "=37", fields: "Content-Transfer-Encoding: Quoted-Printable\r\n") + part("time", "10") + end,
        "--B \t\r\ncontent-disposition: FORM-DATA;  NAME = query\r\n\r\n7\r\n--B\r\nContent-Disposition:form-data;name=time\r\n\r\n10\r\n--B--",
        part("query", "7") + part("time", "10") + part("", "1") + "--B\r\nX: y\r\n\r\n\r\n" + end,
    ])
    func `is read as Go reads it`(body: String) async throws {
        try await TestServer.run { server in
            let response = try await Self.post(server, "/api/v1/query", body)
            #expect(response.text.contains("[10,\"7\"]"), "\(body.debugDescription): \(response.text)")
        }
    }

    @Test func `stands behind the parameters of the URL, and may have line ends, dashes and quotes in it`() async throws
    {
        try await TestServer.run { server in
            let body = Self.part("time", "20") + Self.part("query", "1\r\n+\n--B2\r\n-- 3") + Self.end
            try await Self.expect("[10,\"2\"]", in: Self.post(server, "/api/v1/query?time=10&query=2", body))
            let quoted = "--a \"b\r\nContent-Disposition: form-data; name=query\r\n\r\n3\r\n--a \"b--"
            let type = #"Multipart/Form-Data; charset=utf-8; Boundary="a \"b""#
            try await Self.expect("[1,\"3\"]", in: Self.post(server, "/api/v1/query?time=1", quoted, type: type))
        }
    }

    @Test func `can ask everything that takes forms`() async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a", "b": "c"], [(1, 1)])
            let match = Self.part("match[]", "a") + Self.end
            try await Self.expect("\"b\":\"c\"", in: Self.post(server, "/api/v1/series", match))
            try await Self.expect("\"b\"", in: Self.post(server, "/api/v1/labels", match))
            let range =
                Self.part("query", "time()") + Self.part("start", "0") + Self.part("end", "10") + Self.part("step", "5")
                + Self.end
            try await Self.expect("[5,\"5\"]", in: Self.post(server, "/api/v1/query_range", range))
            let query = Self.part("query", "1 +1") + Self.end
            try await Self.expect("1 + 1", in: Self.post(server, "/api/v1/format_query", query))
        }
    }

    @Test(arguments: [
        "", "x", "--B\r\n", part("query", "7"), "--B\r\nno colon\r\n\r\n7\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=query\r\n",
    ])
    func `is refused when it breaks off`(body: String) async throws {
        try await TestServer.run { server in
            let response = try await Self.post(server, "/api/v1/query", body)
            #expect(response.status == .badRequest && response.text.contains("multipart: "), "\(response.text)")
        }
    }

    @Test func `is refused without a boundary, packed, or too long`() async throws {
        try await TestServer.run { server in
            let body = Self.part("query", "7") + Self.end
            #expect(
                try await Self.post(server, "/api/v1/query", body, type: "multipart/form-data").text.contains(
                    "boundary"))
            for type in ["multipart/form-data; boundary=B", "application/x-www-form-urlencoded"] {
                let packed = try await Self.post(server, "/api/v1/query", body, type: type, coding: "gzip")
                #expect(packed.status == .unsupportedMediaType && packed.text.contains("gzip"))
            }
            let many = String(repeating: Self.part("a", ""), count: 10_001) + Self.end
            #expect(try await Self.post(server, "/api/v1/query", many).status == .badRequest)
            let long = Self.part("query", String(repeating: " ", count: 10 << 20)) + Self.end
            #expect(try await Self.post(server, "/api/v1/query", long).status == .contentTooLarge)
        }
    }
}

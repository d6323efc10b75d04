import HTTPTypes
import HummingbirdTesting
import KTSDBModel
import KTSDBServer
import Testing

@Suite struct `Series and labels over HTTP` {
    private static func withSeries(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a", "x": "1"], [(100, 1)])
            try server.store(["__name__": "a", "x": "2", "http.status": "200"], [(100, 1)])
            try server.store(["__name__": "b", "y": "1"], [(100, 1)])
            try await body(server)
        }
    }

    @Test func `Series are the union over the selectors, each once`() async throws {
        try await Self.withSeries { server in
            try await server.expectData("/api/v1/series?match%5B%5D=b", #"[{"__name__":"b","y":"1"}]"#)
            let text = try await server.post("/api/v1/series", form: "match%5B%5D=a&match%5B%5D=%7Bx%3D%221%22%7D").text
            #expect(text.split(separator: #""__name__":"a""#).count == 3)
            try await server.expectData("/api/v1/series?match%5B%5D=nothing", "[]")
        }
    }

    @Test func `Names and values are sorted`() async throws {
        try await Self.withSeries { server in
            try await server.expectData("/api/v1/labels", #"["__name__","http.status","x","y"]"#)
            try await server.expectData("/api/v1/labels?match%5B%5D=b", #"["__name__","y"]"#)
            try await server.expectData("/api/v1/label/x/values", #"["1","2"]"#)
            try await server.expectData("/api/v1/label/__name__/values", #"["a","b"]"#)
            try await server.expectData(
                "/api/v1/label/__name__/values?match%5B%5D=%7By%3D%221%22%7D&start=0&end=200", #"["b"]"#)
            try await server.expectData("/api/v1/label/none/values", "[]")
        }
    }

    @Test func `A limit cuts and warns`() async throws {
        try await Self.withSeries { server in
            let warning = #","warnings":["results truncated due to limit"]}"#
            let response1 = try await server.get("/api/v1/labels?limit=1")
            #expect(response1.text == #"{"status":"success","data":["__name__"]"# + warning)
            let response2 = try await server.get("/api/v1/label/x/values?limit=1")
            #expect(response2.text == #"{"status":"success","data":["1"]"# + warning)
            #expect(try await server.get("/api/v1/series?match%5B%5D=a&limit=1").text.hasSuffix("]" + warning))
            #expect(try await !server.get("/api/v1/series?match%5B%5D=a&limit=2").text.contains("warnings"))
        }
    }

    @Test(arguments: [
        ("series", "no match[] parameter provided"),
        (
            "series?match%5B%5D=%7B",
            #"invalid parameter "match[]": 1:2: parse error: unexpected end of input inside braces"#
        ),
        (
            "series?match%5B%5D=%7Bx%3D%22%22%7D",
            #"invalid parameter "match[]": match[] must contain at least one non-empty matcher"#
        ),
        (
            "series?match%5B%5D=a&start=x",
            #"invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp"#
        ),
        ("series?match%5B%5D=a&x=%zz", #"error parsing form values: invalid URL escape in "x=%zz""#),
        ("labels?match%5B%5D=%7B%7D", "match[] must contain at least one non-empty matcher"),
        ("labels?limit=x", #"invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax"#),
    ])
    func `What makes no sense is bad data`(path: String, message: String) async throws {
        try await TestServer.run { try await $0.expectError("/api/v1/" + path, .badRequest, "bad_data", message) }
    }

    @Test func `Label names may be escaped in paths`() async throws {
        try await Self.withSeries { server in
            try await server.expectData("/api/v1/label/http.status/values", #"["200"]"#)
            try await server.expectData("/api/v1/label/http%2Estatus/values", #"["200"]"#)
            try await server.expectData("/api/v1/label/U__http_2e_status/values", #"["200"]"#)
        }
    }

    @Test(arguments: [
        ("plain", "plain"), ("U__a__b", "a_b"), ("U__a_2e_b", "a.b"), ("U___1f600_", "😀"), ("U__a_zz_b", "U__a_zz_b"),
        ("U__a_2e", "U__a_2e"), ("a%20b", "a b"), ("U__", ""),
    ])
    func `Escapes are decoded, and what is none is left`(escaped: String, name: String) {
        #expect(SeriesRoutes.labelName(escaped) == name)
    }

    @Test func `Federation gives the newest samples as a page`() async throws {
        try await TestServer.run(configuration: "global: {external_labels: {region: eu}}") { server in
            let now = Timestamp.now.milliseconds / 1000
            try server.store(["__name__": "a", "x": "1"], [(now - 20, 1), (now - 10, 2)])
            try server.store(["__name__": "a", "region": "us"], [(now - 10, 3)])
            try server.store(["__name__": "gone"], [(now - 10, .staleMarker)])
            let response = try await server.get("/federate?match%5B%5D=a&match%5B%5D=gone")
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(
                response.text == """
                    # TYPE a untyped
                    a{region="us"} 3 \(now - 10)000
                    a{region="eu",x="1"} 2 \(now - 10)000

                    """)
            try await server.expect(
                "/federate?match%5B%5D=%7B", .badRequest, "1:2: parse error: unexpected end of input inside braces\n")
        }
    }
}

import HTTPTypes
import Hummingbird
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
        try await TestServer.run(
            configuration: "global: {external_labels: {region: eu}}", options: { $0.queryLookback = .seconds(86_400) }
        ) { server in
            let now = Timestamp.now.milliseconds / 1000
            try server.store(["__name__": "a", "x": "1"], [(now - 20, 1), (now - 10, 2)])
            try server.store(["__name__": "a", "region": "us"], [(now - 10, 3)])
            try server.store(["__name__": "gone"], [(now - 10, .staleMarker)])
            let response = try await server.get("/federate?match%5B%5D=a&match%5B%5D=gone")
            #expect(
                response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
            #expect(
                response.text == """
                    # TYPE a untyped
                    a{region="us",instance=""} 3 \(now - 10)000
                    a{x="1",instance="",region="eu"} 2 \(now - 10)000

                    """)
            try await server.expect(
                "/federate?match%5B%5D=%7B", .badRequest, "1:2: parse error: unexpected end of input inside braces\n")
        }
    }

    @Test(
        arguments: [
            (nil, "0.0.4", "underscores", "http_req", "l_x"),
            ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "0.0.4", "underscores", "http_req", "l_x"),
            (
                "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "0.0.4", "underscores",
                "http_req", "l_x"
            ),
            ("text/plain;version=1.0.0;escaping=underscores", "1.0.0", "underscores", "http_req", "l_x"),
            ("text/plain;version=1.0.0;escaping=dots", "1.0.0", "dots", "http_dot_req", "l_dot_x"),
            ("text/plain; version=1.0.0; escaping=values", "1.0.0", "values", "U__http_2e_req", "U__l_2e_x"),
            (
                "text/plain;version=1.0.0;escaping=allow-utf-8,*/*;q=0.1", "1.0.0", "allow-utf-8", #"{"http.req""#,
                #""l.x""#
            ),
            ("text/plain;version=9;escaping=dots", "0.0.4", "dots", "http_dot_req", "l_dot_x"),
            ("text/plain;escaping=nonsense", "0.0.4", "underscores", "http_req", "l_x"),
        ] as [(String?, String, String, String, String)])
    func `Federation writes names as the reader asks for them`(
        accept: String?, version: String, escaping: String, name: String, label: String
    ) async throws {
        try await TestServer.run(options: { $0.queryLookback = .seconds(86_400) }) { server in
            let now = Timestamp.now.milliseconds / 1000
            try server.store(["__name__": "http.req", "l.x": "ü", "instance": "i"], [(now - 10, 2)])
            let headers: HTTPFields = accept.map { [.accept: $0] } ?? [:]
            let response = try await server.get("/federate?match%5B%5D=%7B__name__=~%22.%2B%22%7D", headers: headers)
            #expect(
                response.headers[.contentType] == "text/plain; version=\(version); charset=utf-8; escaping=\(escaping)")
            let opened = name.hasPrefix("{") ? name + "," : name + "{"
            let family = name.hasPrefix("{") ? String(name.dropFirst()) : name
            #expect(
                response.text
                    == "# TYPE \(family) untyped\n\(opened)instance=\"i\",\(label)=\"ü\"} 2 \(now - 10)000\n")
        }
    }

    @Test func `Federation gives all series to who asks for all`() async throws {
        try await TestServer.run(options: { $0.queryLookback = .seconds(86_400) }) { server in
            let now = Timestamp.now.milliseconds / 1000
            try server.store(["__name__": "a"], [(now, 2)])
            let response = try await server.get("/federate?match%5B%5D=%7B%7D")
            #expect(response.text == "# TYPE a untyped\na{instance=\"\"} 2 \(now)000\n")
        }
    }

    @Test func `Federation never writes a label twice`() async throws {
        try await TestServer.run(options: { $0.queryLookback = .seconds(86_400) }) { server in
            let now = Timestamp.now.milliseconds / 1000
            try server.store(["__name__": "a", "b.c": "1", "b_c": "2", "b:c": "3"], [(now, 2)])
            let response = try await server.get("/federate?match%5B%5D=a&match%5B%5D=a")
            #expect(
                response.text
                    == "# TYPE a untyped\na{b_c_=\"1\",b_c__=\"3\",b_c=\"2\",instance=\"\"} 2 \(now)000\n")
        }
    }

    @Test(arguments: ["%ff", "a%80", "%", "%zz", "U__a%ff", "%c3%28"])
    func `A label name that is no text is refused`(component: String) async throws {
        try await TestServer.run { server in
            let response = try await server.get("/api/v1/label/\(component)/values")
            #expect(response.status == .badRequest)
            #expect(response.text.contains(#""errorType":"bad_data","error":"invalid label name: "#))
        }
    }

    @Test(arguments: [
        "/api/v1/series?match%5B%5D=%7Ba%3D%22%ff%22%7D", "/api/v1/labels?match%5B%5D=a%ff",
        "/api/v1/query?query=a&x=%ff",
        "/api/v1/query_range?query=%fe", "/api/v1/query?%ff=1&query=a", "/api/v1/label/a/values?match%5B%5D=%ff",
        "/api/v1/metadata?metric=%ff", "/api/v1/targets?scrapePool=%ff", "/federate?match%5B%5D=%ff",
        "/api/v1/query_exemplars?query=%ff", "/api/v1/format_query?query=%ff",
    ])
    func `A parameter that is no text is refused`(path: String) async throws {
        try await TestServer.run { server in
            let response = try await server.get(path)
            #expect(response.status == .badRequest)
            #expect(response.text.contains("it is not UTF-8"))
        }
    }

    @Test func `A form that is no text is refused`() async throws {
        try await TestServer.run { server in
            for form in ["query=a%ff", "query=a&time=%ff"] {
                #expect(try await server.post("/api/v1/query", form: form).status == .badRequest)
            }
            var body = ByteBuffer(string: "query=a")
            body.writeInteger(UInt8(0xff))
            let response = try await server.client.execute(
                uri: "/api/v1/query", method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
                body: body)
            #expect(response.status == .badRequest)
        }
    }
}

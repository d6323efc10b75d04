import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import Testing

@Suite struct `Searching over HTTP` {
    private static func run(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        let options: (inout ServerOptions) -> Void = {
            $0.features = Features(["search-api"])
            $0.searchLimit = 50
        }
        try await TestServer.run(options: options) { server in
            for name in ["http_requests_total", "http_errors_total", "node_cpu_seconds", "up"] {
                try server.store(["__name__": name, "job": "a", "Instance": "\(name.count)"], [(100, 1)])
            }
            try await body(server)
        }
    }

    private static let range = "start=0&end=200"

    @Test func `finds names and values, best first if that is asked for`() async throws {
        try await Self.run { server in
            try await server.expect(
                "/api/v1/search/metric_names?\(Self.range)", .ok,
                """
                {"results":[{"name":"http_errors_total"},{"name":"http_requests_total"},{"name":"node_cpu_seconds"},\
                {"name":"up"}]}
                {"status":"success","has_more":false}

                """)
            try await server.expect(
                "/api/v1/search/metric_names?\(Self.range)&search%5B%5D=total&fuzz_alg=jarowinkler&sort_by=alpha&sort_dir=dsc&batch_size=1",
                .ok,
                """
                {"results":[{"name":"http_requests_total"}]}
                {"results":[{"name":"http_errors_total"}]}
                {"status":"success","has_more":false}

                """)
            try await server.expect(
                "/api/v1/search/metric_names?\(Self.range)&search%5B%5D=up&sort_by=score&include_score=true&limit=1",
                .ok,
                """
                {"results":[{"name":"up","score":1}]}
                {"status":"success","has_more":false}

                """)
            try await server.expect(
                "/api/v1/search/label_names?\(Self.range)&search%5B%5D=INST&case_sensitive=false", .ok,
                """
                {"results":[{"name":"Instance"}]}
                {"status":"success","has_more":false}

                """)
            try await server.expect(
                "/api/v1/search/label_values?\(Self.range)&label=Instance&limit=2&match%5B%5D=%7Bjob%3D%22a%22%7D", .ok,
                """
                {"results":[{"value":"16"},{"value":"17"}]}
                {"status":"success","has_more":true}

                """)
            try await server.expect(
                "/api/v1/search/label_values?\(Self.range)&label=nope", .ok,
                "{\"results\":[]}\n{\"status\":\"success\",\"has_more\":false}\n")
            let answer = try await server.get("/api/v1/search/label_names?\(Self.range)")
            #expect(answer.headers[.contentType] == "application/x-ndjson; charset=utf-8")
        }
    }

    static let refusals: [(query: String, reason: String)] = [
        ("metric_names?fuzz_threshold=101", "invalid fuzz_threshold \"101\": must be 0-100"),
        ("metric_names?fuzz_alg=x", "unsupported fuzz_alg \"x\": must be one of [subsequence jarowinkler]"),
        ("metric_names?case_sensitive=x", "invalid case_sensitive \"x\": must be boolean"),
        ("metric_names?sort_dir=asc", "sort_dir is only valid when sort_by is set"),
        ("metric_names?sort_by=score&search%5B%5D=a&sort_dir=asc", "sort_dir is not supported for sort_by=score"),
        ("metric_names?sort_by=score", "sort_by=score requires search[] to be set"),
        ("label_names?sort_by=x", "invalid sort_by \"x\" for label_names: must be \"alpha\" or \"score\""),
        ("metric_names?limit=0", "invalid limit \"0\": must be a positive integer"),
        ("metric_names?limit=51", "limit 51 exceeds the configured maximum (50, see --web.search.max-limit)"),
        ("metric_names?batch_size=-1", "invalid batch_size \"-1\": must be a positive integer"),
        ("metric_names?start=2&end=1", "end timestamp must not be before start timestamp"),
        ("label_values", "missing required parameter \"label\""),
        (
            "metric_names?" + (0..<33).map { "search%5B%5D=\($0)" }.joined(separator: "&"),
            "too many search[] terms: got 33, maximum is 32"
        ),
    ]

    @Test(arguments: refusals)
    func `says what is wrong`(query: String, reason: String) async throws {
        try await Self.run { server in
            try await server.expectError("/api/v1/search/\(query)", .badRequest, "bad_data", reason)
        }
    }

    @Test func `is off unless the feature is on`() async throws {
        try await TestServer.run { server in
            try await server.expectError(
                "/api/v1/search/metric_names", .internalServerError, "unavailable", "search API disabled")
        }
    }
}

@Suite struct `Scores of searches` {
    @Test(arguments: [
        ("MARTHA", "MARHTA", 0.9611), ("DIXON", "DICKSONX", 0.8133), ("DWAYNE", "DUANE", 0.84), ("a", "a", 1),
        ("a", "b", 0), ("", "b", 0), ("\u{e9}t\u{e9}", "\u{e9}t\u{e9}s", 0.9417),
    ])
    func `by Jaro and Winkler are those that are published`(term: String, text: String, score: Double) {
        #expect(abs(JaroWinkler(term).score(text) - score) < 0.0001)
        #expect(abs(JaroWinkler(text).score(term) - score) < 0.0001)
    }

    @Test func `of characters in order reward runs, and take off what is between`() {
        let up = Subsequence("up")
        #expect(up.score("up") == 1 && up.score("u") == 0 && up.score("pu") == 0 && Subsequence("").score("a") == 1)
        // A run of two, and two characters after it of four: (4 - 2/4/2) / 4.
        #expect(abs(up.score("upxx") - 0.999 * 3.75 / 4) < 1e-12)
        // Two runs of one with one between, of three: (1 + 1 - 1/3) / 4.
        #expect(abs(up.score("uxp") - 0.999 * (2 - 1.0 / 3) / 4) < 1e-12)
        // The second start is better.
        #expect(abs(up.score("uxup") - 0.999 * (4 - 2.0 / 4) / 4) < 1e-12)
    }
}

@Suite struct `What a server says of itself` {
    @Test func `are its features, of which some are switched on`() async throws {
        try await TestServer.run(options: { $0.enablesAdminAPI = true }) { server in
            let text = try await server.get("/api/v1/features").text
            for part in [
                #""api":{"admin":true,"#, #""lifecycle":false"#, #""promql_functions":{"abs":true"#,
                #""info":false"#, #""promql_operators":{"!=":true,"!~":true,"#, #""limitk":false"#,
                #""service_discovery_providers":{"#, #""file":true"#, #""templating_functions":{"#,
            ] {
                #expect(text.contains(part), "\(part)")
            }
        }
        try await TestServer.run(options: { $0.features = Features(["promql-experimental-functions"]) }) { server in
            let text = try await server.get("/api/v1/features").text
            #expect(text.contains(#""limitk":true"#))
        }
    }

    @Test func `is that it has no profiles of Go`() async throws {
        try await TestServer.run { server in
            for path in ["/debug/pprof/heap", "/debug/pprof/"] {
                let answer = try await server.get(path)
                #expect(answer.status == .notFound && answer.text.contains("no profiles of Go"), "\(path)")
            }
        }
    }

    @Test func `are its blocks`() async throws {
        try await TestServer.run { server in
            try await server.expectData("/api/v1/status/tsdb/blocks", #"{"blocks":[]}"#)
            try server.store(["__name__": "a"], [(1, 1), (2, 2)])
            try server.database.seal()
            let text = try await server.get("/api/v1/status/tsdb/blocks").text
            #expect(
                text.contains(#""minTime":1000,"maxTime":2001,"stats":{"numSamples":2,"numSeries":1,"numChunks":1}"#))
            #expect(text.firstMatch(of: /"ulid":"[0-9A-HJKMNP-TV-Z]{26}"/) != nil)
        }
    }

    @Test func `are its own metrics as JSON`() async throws {
        try await TestServer.run { server in
            _ = try await server.get("/api/v1/query?query=1")
            let ready = try await server.get("/api/v1/status/self_metrics?metric_name_pattern=prometheus_rea.y").text
            #expect(
                ready
                    == #"{"status":"success","data":[{"name":"prometheus_ready","help":"Whether queries can be answered.","#
                    + #""type":"GAUGE","metric":[{"label":[],"gauge":{"value":1}}]}]}"#)
            let path = "/api/v1/status/self_metrics?metric_name_pattern=prometheus_http_request.*"
            let requests = try await server.get(path).text
            #expect(requests.contains(#"{"label":[{"name":"code","value":"200"},{"name":"handler","#))
            #expect(requests.contains(#""type":"HISTOGRAM","metric":[{"label":[{"name":"handler","#))
            #expect(requests.contains(#""cumulativeCount":"1","upperBound":"Infinity"}]"#))
            #expect(requests.contains(#""sampleCount":"1""#))
            let wrong = try await server.get("/api/v1/status/self_metrics?metric_name_pattern=(")
            #expect(wrong.status == .badRequest && wrong.text.contains("invalid parameter"))
        }
    }

    @Test func `is whether the log has been read, before it is ready too`() async throws {
        let path = "/api/v1/status/walreplay"
        try await TestServer.run { server in
            try await server.expectData(path, #"{"min":0,"max":0,"current":0,"state":"done"}"#)
        }
        try await TestServer.run(isReady: false) { server in
            try await server.expectData(path, #"{"min":0,"max":0,"current":0,"state":"in progress"}"#)
        }
    }
}

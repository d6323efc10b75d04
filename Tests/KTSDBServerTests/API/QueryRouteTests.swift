import HTTPTypes
import HummingbirdTesting
import KTSDBModel
import KTSDBServer
import NIOCore
import Testing

@Suite struct `Queries over HTTP` {
    @Test func `Each kind of result has its own form`() async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a", "x": "1"], [(100, 1.5), (110, -0.0)])
            try await server.expectData(
                "/api/v1/query?query=a&time=100",
                """
                {"resultType":"vector","result":[{"metric":{"__name__":"a","x":"1"},"value":[100,"1.5"]}]}
                """)
            try await server.expectData(
                "/api/v1/query?query=a%5B1m%5D&time=110.5",
                """
                {"resultType":"matrix","result":[{"metric":{"__name__":"a","x":"1"},\
                "values":[[100,"1.5"],[110,"-0"]]}]}
                """)
            try await server.expectData(
                "/api/v1/query?query=1e30&time=0",
                """
                {"resultType":"scalar","result":[0,"1000000000000000000000000000000"]}
                """)
            try await server.expectData(
                "/api/v1/query?query=%22t%C3%A9xt%22&time=1970-01-01T00:00:01Z",
                """
                {"resultType":"string","result":[1,"téxt"]}
                """)
        }
    }

    @Test func `Experimental parts of the language are there when their feature is enabled`() async throws {
        let query = "/api/v1/query?query=limitk(1,a)&time=100"
        try await TestServer.run { server in
            let answer = try await server.get(query)
            #expect(answer.status == .badRequest)
        }
        let features = Features(["promql-experimental-functions,promql-at-modifier", "no-such-thing"])
        #expect(features.unknown == ["no-such-thing"])
        try await TestServer.run(options: { $0.features = features }) { server in
            try server.store(["__name__": "a"], [(100, 1.5)])
            try await server.expectData(
                query,
                """
                {"resultType":"vector","result":[{"metric":{"__name__":"a"},"value":[100,"1.5"]}]}
                """)
            let answer = try await server.get("/api/v1/query?query=a+%2B+fill(0)+a&time=100")
            #expect(answer.status == .badRequest)
        }
    }

    @Test func `A range query answers a matrix, without series that are nowhere`() async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a"], [(100, 1), (110, 2)])
            try server.store(["__name__": "b"], [(9000, 1)])
            try await server.expectData(
                "/api/v1/query_range?query=%7B__name__%3D~%22a%7Cb%22%7D&start=100&end=115&step=5",
                """
                {"resultType":"matrix","result":[{"metric":{"__name__":"a"},\
                "values":[[100,"1"],[105,"1"],[110,"2"],[115,"2"]]}]}
                """)
            try await server.expectData(
                "/api/v1/query_range?query=7&start=1&end=2&step=500ms",
                """
                {"resultType":"matrix","result":[{"metric":{},"values":[[1,"7"],[1.500,"7"],[2,"7"]]}]}
                """)
        }
    }

    @Test func `A form in the body counts, and goes before the URL`() async throws {
        try await TestServer.run { server in
            let response = try await server.post("/api/v1/query?query=2&time=7", form: "query=1%2B+2")
            #expect(response.text == #"{"status":"success","data":{"resultType":"scalar","result":[7,"3"]}}"#)
        }
    }

    @Test(arguments: [
        ("query?query=up%7B", #"invalid parameter "query": 1:4: parse error: unexpected end of input inside braces"#),
        (
            "query?query=1&time=x",
            #"invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp"#
        ),
        ("query?query=1&timeout=x", #"invalid parameter "timeout": cannot parse "x" to a valid duration"#),
        ("query?query=1&limit=-1", #"invalid parameter "limit": limit must be non-negative"#),
        (
            "query?query=1&lookback_delta=x",
            #"error parsing lookback delta duration: cannot parse "x" to a valid duration"#
        ),
        ("query_range?query=1", #"invalid parameter "start": cannot parse "" to a valid timestamp"#),
        ("query_range?query=1&start=0", #"invalid parameter "end": cannot parse "" to a valid timestamp"#),
        ("query_range?query=1&start=0&end=1", #"invalid parameter "step": cannot parse "" to a valid duration"#),
        (
            "query_range?query=1&start=1&end=0&step=1",
            #"invalid parameter "end": end timestamp must not be before start time"#
        ),
        (
            "query_range?query=1&start=0&end=1&step=0",
            #"invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer"#
        ),
        (
            "query_range?query=1&start=0&end=11001&step=1",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
        ),
        (
            "query_range?query=a%5B1m%5D&start=0&end=1&step=1",
            #"invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector"#
        ),
        ("query_exemplars?query=up&start=2&end=1", "end timestamp must not be before start timestamp"),
    ])
    func `What makes no sense is bad data`(path: String, message: String) async throws {
        try await TestServer.run { try await $0.expectError("/api/v1/" + path, .badRequest, "bad_data", message) }
    }

    @Test func `11 000 points are still allowed`() async throws {
        try await TestServer.run { server in
            let response = try await server.get("/api/v1/query_range?query=1&start=0&end=11000&step=1")
            #expect(response.status == .ok)
            #expect(response.text.hasSuffix(#"[11000,"1"]]}]}}"#))
        }
    }

    @Test func `A query that fails on the data is an execution error`() async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a", "x": "1"], [(1, 1)])
            try server.store(["__name__": "a", "x": "2"], [(1, 1)])
            let response = try await server.get("/api/v1/query?query=a+%2B+on()+a&time=1")
            #expect(response.status == .unprocessableContent)
            #expect(
                response.text.hasPrefix(#"{"status":"error","errorType":"execution","error":"found duplicate series"#))
        }
    }

    @Test func `Too many samples are refused, not loaded`() async throws {
        try await TestServer.run(options: { $0.queryMaximumSamples = 10 }) { server in
            try server.store(["__name__": "a"], (0..<100).map { ($0, 1) })
            let response = try await server.get("/api/v1/query?query=a%5B1h%5D&time=100")
            #expect(response.status == .unprocessableContent)
            #expect(response.text.contains("query processing would load too many samples into memory"))
        }
    }

    @Test func `A query that takes too long says so`() async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a"], [(1, 1)])
            let response = try await server.get("/api/v1/query?query=a&time=1&timeout=0")
            #expect(response.status == .serviceUnavailable)
            #expect(response.text.hasPrefix(#"{"status":"error","errorType":"timeout","error":"query timed out in "#))
        }
    }

    @Test func `A limit leaves series out and says so`() async throws {
        try await TestServer.run { server in
            for x in ["1", "2", "3"] { try server.store(["__name__": "a", "x": x], [(1, 1)]) }
            let cut = try await server.get("/api/v1/query?query=a&time=1&limit=2").text
            #expect(cut.hasSuffix(#"]},"warnings":["results truncated due to limit"]}"#))
            #expect(cut.split(separator: "metric").count == 3)
            let whole = try await server.get("/api/v1/query?query=a&time=1&limit=3").text
            #expect(!whole.contains("warnings"))
            let unlimited = try await server.get("/api/v1/query?query=a&time=1&limit=0").text
            #expect(unlimited == whole)
        }
    }

    @Test func `What a counter is says its label with the feature for types`() async throws {
        let features = Features(["type-and-unit-labels"])
        #expect(features.unknown.isEmpty)
        for (options, remark) in [(features, "__type__ label is not set"), (Features(), "name does not end in _total")]
        {
            try await TestServer.run(options: { $0.features = options }) { server in
                try server.store(["__name__": "a"], [(100, 1), (110, 2)])
                let answer = try await server.get("/api/v1/query?query=rate(a%5B1m%5D)&time=110")
                #expect(String(buffer: answer.body).contains(remark))
            }
        }
    }

    @Test func `Statistics come when they are asked for`() async throws {
        try await TestServer.run { server in
            let text = try await server.get("/api/v1/query?query=1&stats=true").text
            for key in ["evalTotalTime", "execQueueTime", "totalQueryableSamples", "peakSamples", "samplesRead"] {
                #expect(text.contains("\"\(key)\":"))
            }
            let odd = try await server.get("/api/v1/query?query=1&stats=yes").text
            #expect(odd.contains(#"value \"yes\" for parameter \"stats\" is deprecated"#))
        }
    }

    @Test func `Long answers come in pieces that make one document`() async throws {
        try await TestServer.run { server in
            for x in 0..<200 {
                try server.store(["__name__": "a", "x": "\(x)"], (0..<100).map { ($0, 0.1 + Double($0)) })
            }
            let text = try await server.get("/api/v1/query_range?query=a&start=0&end=99&step=1").text
            #expect(text.utf8.count > 200_000)
            #expect(
                text.hasPrefix(
                    #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"a","x":"0"},"values":[[0,"0.1"],[1,"1.1"]"#
                ))
            #expect(text.hasSuffix(#"[99,"99.1"]]}]}}"#))
            #expect(text.split(separator: "},{\"metric\"").count == 200)
        }
    }

    @Test func `Expressions are laid out and taken apart`() async throws {
        try await TestServer.run { server in
            try await server.expectData("/api/v1/format_query?query=sum(a)by(b)", #""sum by (b) (a)""#)
            try await server.expectData(
                "/api/v1/parse_query?query=abs(a%7Bx!%3D%221%22%7D+offset+1m)",
                """
                {"type":"call","func":{"name":"abs","argTypes":["vector"],"variadic":0,"returnType":"vector"},\
                "args":[{"type":"vectorSelector","name":"a","matchers":[{"name":"x","value":"1","type":"!="},\
                {"name":"__name__","value":"a","type":"="}],"offset":60000,"offsetExpr":null,"timestamp":null,"startOrEnd":null,\
                "anchored":false,"smoothed":false}]}
                """)
            let selector = #""timestamp":null,"startOrEnd":null,"anchored":false,"smoothed":false}"#
            let matchers = #""matchers":[{"name":"__name__","value":"a","type":"="}]"#
            func number(_ value: String, _ isDuration: Bool) -> String {
                #"{"type":"numberLiteral","val":"\#(value)","duration":\#(isDuration)}"#
            }
            func operation(_ name: String, _ left: String, _ right: String, _ isWrapped: Bool) -> String {
                #"{"type":"durationExpr","op":"\#(name)","lhs":\#(left),"rhs":\#(right),"wrapped":\#(isWrapped)}"#
            }
            try await server.expectData(
                "/api/v1/parse_query?query=a%5Bmax_of(step(),5m%2B3)%5D+offset+(10m/2)",
                #"{"type":"matrixSelector","name":"a",\#(matchers),"offset":0,"offsetExpr":"#
                    + operation("/", number("600", true), number("2", false), true) + "," + String(selector.dropLast())
                    + #","range":0,"rangeExpr":"#
                    + operation(
                        "max_of", operation("step", "null", "null", false),
                        operation("+", number("300", true), number("3", false), false), false) + "}")
            try await server.expectData(
                "/api/v1/parse_query?query=a+offset+-(5m)",
                #"{"type":"vectorSelector","name":"a",\#(matchers),"offset":0,"offsetExpr":"#
                    + operation("-", "null", operation("+", "null", number("300", true), true), false) + "," + selector)
            // Whole milliseconds, as Prometheus counts them: cut, not rounded.
            try await server.expectData(
                "/api/v1/parse_query?query=a%5B1.0005%5D+offset+4.018",
                #"{"type":"matrixSelector","name":"a",\#(matchers),"offset":4018,"offsetExpr":null,"#
                    + String(selector.dropLast()) + #","range":1000,"rangeExpr":null}"#)
            try await server.expectError(
                "/api/v1/format_query?query=sum(", .badRequest, "bad_data",
                #"invalid parameter "query": 1:5: parse error: unclosed left parenthesis"#)
            try await server.expectData("/api/v1/query_exemplars?query=up", "[]")
        }
    }
}

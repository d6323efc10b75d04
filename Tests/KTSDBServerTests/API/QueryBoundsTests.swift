import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBModel
import KTSDBServer
import Testing

@Suite struct `Bounds and explanations of queries over HTTP` {
    private static func data(_ text: String) throws -> [String: Any] {
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return try #require(answer["data"] as? [String: Any], "\(text)")
    }

    @Test func `The samples of each step are told when they are asked for and the feature is enabled`() async throws {
        let path = "/api/v1/query_range?query=rate(a[1m])&start=100&end=130.5&step=15&stats="
        for isEnabled in [true, false] {
            let features = Features(isEnabled ? ["promql-per-step-stats"] : [])
            try await TestServer.run(options: { $0.features = features }) { server in
                try server.store(["__name__": "a"], (0..<20).map { (Int64($0) * 10 + 1, Double($0)) })
                for stats in ["all", "true"] {
                    let data = try Self.data(try await server.get(path + stats).text)
                    let samples = try #require((data["stats"] as? [String: [String: Any]])?["samples"])
                    #expect(samples["totalQueryableSamples"] as? Int == 18)
                    #expect((samples["peakBytes"] as? Int ?? 0) > 0)
                    let steps = samples["totalQueryableSamplesPerStep"] as? [[Double]]
                    #expect(steps == (isEnabled && stats == "all" ? [[100, 6], [115, 6], [130, 6]] : nil))
                    let read = samples["samplesReadPerStep"] as? [[Double]]
                    #expect(read == (isEnabled && stats == "all" ? [[100, 6], [115, 2], [130, 1]] : nil))
                }
            }
        }
    }

    @Test func `A query that needs more memory than there is for queries is refused`() async throws {
        try await TestServer.run(options: { $0.queryMaximumBytes = 100_000 }) { server in
            for x in 0..<100 {
                try server.store(["__name__": "a", "x": "\(x)"], (0..<50).map { ($0 * 10 + 1, Double($0)) })
            }
            let refused = try await server.get("/api/v1/query_range?query=a&start=0&end=500&step=1")
            #expect(refused.status == .unprocessableContent)
            #expect(refused.text.contains(#""errorType":"execution","error":"query would use too much memory"#))
            #expect(refused.text.contains("all queries together may use 100000 bytes"))
            #expect(refused.text.contains("The limit is set by --query.max-memory."))
            #expect(try await server.get("/api/v1/query?query=count(a)&time=100").text.contains(#""100""#))
            let page = try await server.get("/metrics").text
            #expect(page.contains("ktsdb_query_memory_limit_bytes 100000"))
            #expect(page.contains("ktsdb_query_memory_bytes "))
        }
    }

    @Test func `A query is explained as JSON, and as text`() async throws {
        try await TestServer.run { server in
            for x in ["1", "2"] { try server.store(["__name__": "a", "x": x], [(91, 1), (101, 2), (111, 3)]) }
            let query = "/api/v1/query_explain?query=sum(rate(a%5B1m%5D))%2B1"
            let plan = try #require(
                try Self.data(try await server.get(query + "&start=110&end=130&step=10").text)["plan"] as? [String: Any]
            )
            #expect(plan["operation"] as? String == "+" && plan["points"] as? Int == 3)
            let children = try #require(plan["children"] as? [[String: Any]])
            #expect(children.map { $0["operation"] as? String } == ["sum", "1"])
            #expect(children[0]["inMemory"] as? Bool == true && children[0]["series"] as? Int == 1)
            #expect(plan["time"] is Double && plan["ownTime"] is Double && plan["samplesRead"] as? Int == 6)
            let text = try await server.get(query + "&time=110", headers: [.accept: "text/plain"])
            #expect(text.headers[.contentType]?.hasPrefix("text/plain") ?? false)
            #expect(text.text.contains(#"{__name__="a"}[1m]"#) && text.text.contains("own time"))
            try await server.expectError(
                "/api/v1/query_explain?query=sum(", .badRequest, "bad_data",
                "invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis")
        }
    }
}

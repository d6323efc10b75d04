import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import Testing

@Suite struct `Deletion over HTTP` {
    private static let path = "/api/v1/admin/tsdb/"

    private static func run(
        _ options: @escaping (inout ServerOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(options: {
            $0.enablesAdminAPI = true
            options(&$0)
        }) { server in
            for name in ["a", "b", "c"] {
                try server.store(["__name__": name, "i": "1"], (1...10).map { ($0 * 60, Double($0)) })
            }
            try await body(server)
        }
    }

    /// The times of the samples of a series, in minutes.
    private static func minutes(_ name: String, _ server: TestServer) throws -> [Int64] {
        let all = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 40)
        let series = try server.database.readView().series(matching: .name(name), in: all)
        return try series.flatMap { try $0.samples().map { $0.timestamp.milliseconds / 60_000 } }
    }

    @Test func `hides what the selectors match in a range, by POST and PUT`() async throws {
        try await Self.run { server in
            let answer = try await server.post(
                "\(Self.path)delete_series", form: "match%5B%5D=a&match%5B%5D=b%7Bi%3D%221%22%7D&start=120&end=240")
            #expect(answer.status == .noContent && answer.text.isEmpty)
            #expect(try Self.minutes("a", server) == [1, 5, 6, 7, 8, 9, 10])
            #expect(try Self.minutes("b", server) == [1, 5, 6, 7, 8, 9, 10])
            #expect(try Self.minutes("c", server) == Array(1...10))
            let put = try await server.client.execute(
                uri: "\(Self.path)delete_series?match[]=c&start=600", method: .put)
            #expect(put.status == .noContent)
            #expect(try Self.minutes("c", server) == Array(1...9))
            try await server.expectData(
                "/api/v1/query?query=count_over_time(a[20m])&time=600",
                #"{"resultType":"vector","result":[{"metric":{"i":"1"},"value":[600,"7"]}]}"#)
            #expect(
                try await server.post("\(Self.path)delete_series?match[]=%7B__name__%3D~%22.%2B%22%7D").status
                    == .noContent)
            try await server.expectData("/api/v1/series?match[]=%7Bi%3D%221%22%7D", "[]")
            try await server.expectData("/api/v1/label/__name__/values", "[]")
            #expect(try await server.get("/metrics").text.contains("\nktsdb_deletions 3\n"))
        }
    }

    @Test func `refuses what Prometheus refuses, with its words`() async throws {
        try await Self.run { server in
            for (query, error) in [
                ("", "no match[] parameter provided"),
                ("?match[]=a&start=x", #"invalid parameter \"start\": "#),
                ("?match[]=a&end=x", #"invalid parameter \"end\": "#),
                (
                    "?match[]=a&start=2&end=1",
                    #"invalid parameter \"end\": end timestamp must not be before start time"#
                ),
                ("?match[]=a%7B", #"invalid parameter \"match[]\": "#),
                ("?match[]=%7B%7D", #"invalid parameter \"match[]\": "#),
            ] {
                let answer = try await server.post("\(Self.path)delete_series\(query)")
                #expect(answer.status == .badRequest && answer.text.contains(error), "\(query): \(answer.text)")
                #expect(answer.text.hasPrefix(#"{"status":"error","errorType":"bad_data","error":"#))
            }
            #expect(try Self.minutes("a", server) == Array(1...10) && server.database.deletions.isEmpty)
            #expect(try await server.get("\(Self.path)delete_series?match[]=a").status == .methodNotAllowed)
            // What matches nothing is no error.
            #expect(try await server.post("\(Self.path)delete_series?match[]=none").status == .noContent)
        }
        try await TestServer.run { server in
            for path in ["delete_series?match[]=a", "clean_tombstones", "undelete_series?id=1"] {
                let answer = try await server.post("\(Self.path)\(path)")
                #expect(answer.status == .internalServerError)
                #expect(answer.text == #"{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}"#)
            }
            #expect(try await server.get("\(Self.path)deletions").text.contains("admin APIs disabled"))
        }
    }

    @Test func `is listed, undone, and made final`() async throws {
        try await Self.run { server in
            try await server.expectData("\(Self.path)deletions", "[]")
            for query in ["match[]=a&start=60&end=120", "match[]=b"] {
                #expect(try await server.post("\(Self.path)delete_series?\(query)").status == .noContent)
            }
            let known = server.database.deletions
            #expect(known.count == 2)
            let list = try await server.get("\(Self.path)deletions").text
            #expect(
                list.contains(
                    #"{"id":\#(known[0].id),"matchers":["{__name__=\"a\"}"],"minTime":60000,"maxTime":120000,"createdAt":""#
                ),
                "\(list)")
            #expect(list.matches(of: /undoableUntil/).count == 2)
            let blocks = try await server.get("/api/v1/status/tsdb/blocks").text
            #expect(blocks.contains(#""numTombstones":2"#), "\(blocks)")
            #expect(try await server.post("\(Self.path)undelete_series?id=\(known[0].id)").status == .noContent)
            #expect(try Self.minutes("a", server) == Array(1...10))
            let unknown = try await server.post("\(Self.path)undelete_series?id=\(known[0].id)")
            #expect(unknown.status == .notFound && unknown.text.contains("There is no deletion"))
            #expect(try await server.post("\(Self.path)undelete_series").status == .badRequest)
            #expect(try await server.post("\(Self.path)clean_tombstones").status == .noContent)
            try await server.expectData("\(Self.path)deletions", "[]")
            #expect(try Self.minutes("a", server) == Array(1...10))
            #expect(try Self.minutes("b", server) == [])
            #expect(server.database.statistics.blockSamples == 20)
            let page = try await server.get("/metrics").text
            #expect(page.contains("\nprometheus_tsdb_tombstone_cleanup_seconds_count 1\n"))
        }
    }
}

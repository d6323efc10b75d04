import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import Testing

@Suite struct `The list of running queries` {
    let directory = TemporaryDirectory()

    private func bytes() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: directory.path + "/queries.active")))
    }

    @Test func `What ran when the process ended is told by the next`() throws {
        var list = try #require(ActiveQueries(directory: directory.path, limit: 3))
        #expect(list.unfinished == nil)
        let first = try #require(list.begin("up == 0", at: Timestamp(milliseconds: 1_700_000_000_123)))
        let second = try #require(list.begin("sum(\"x\")", at: Timestamp(milliseconds: 2000)))
        list.end(first)
        let third = try #require(list.begin("rate(x[5m])", at: Timestamp(milliseconds: 3000)))
        #expect(list.begin("a", at: .now) != nil && list.begin("b", at: .now) == nil)
        _ = (second, third)
        // The process dies: nothing is ended.
        list = try #require(ActiveQueries(directory: directory.path, limit: 3))
        let unfinished = try #require(list.unfinished)
        let parsed = try #require(
            try JSONSerialization.jsonObject(with: Data(unfinished.utf8)) as? [[String: Any]])
        #expect(Set(parsed.compactMap { $0["query"] as? String }) == ["rate(x[5m])", "sum(\"x\")", "a"])
        list = try #require(ActiveQueries(directory: directory.path, limit: 3))
        #expect(list.unfinished == nil)
    }

    @Test func `What runs now is listed, the earliest first`() throws {
        let list = try #require(ActiveQueries(directory: directory.path, limit: 2))
        let first = try #require(list.begin("b", at: Timestamp(milliseconds: 2000)))
        _ = list.begin("a", at: Timestamp(milliseconds: 1000))
        #expect(list.begin("c", at: Timestamp(milliseconds: 500)) == nil)
        #expect(list.running.map(\.text) == ["a", "b"])
        list.end(first)
        #expect(list.running.map(\.text) == ["a"])
    }

    @Test func `Running queries are answered over HTTP`() async throws {
        let path = directory.path
        try await TestServer.run { server in
            let none = try await server.get("/api/v1/status/active_queries")
            #expect(none.text == #"{"status":"success","data":[]}"#)
            server.state.listActiveQueries(in: path)
            let answer = try await server.post("/api/v1/query", form: "query=up")
            #expect(answer.status == .ok)
            let ended = try await server.get("/api/v1/status/active_queries")
            #expect(ended.text == #"{"status":"success","data":[]}"#)
        }
    }

    @Test func `The file has the form of Prometheus`() throws {
        let list = try #require(ActiveQueries(directory: directory.path, limit: 2))
        _ = list.begin("up == 0", at: Timestamp(milliseconds: 1_700_000_000_123))
        let object = Array(#"{"query":"up == 0","timestamp_sec":1700000000}"#.utf8)
        let zeros = [UInt8](repeating: 0, count: 999 - object.count)
        #expect(try bytes() == Array("[".utf8) + object + zeros + Array(",".utf8) + [UInt8](repeating: 0, count: 1000))
    }

    @Test(arguments: ["x", "\"", "é", "\u{1}", "日"])
    func `Of a text that is too long the beginning is listed`(character: String) throws {
        let list = try #require(ActiveQueries(directory: directory.path, limit: 1))
        for length in [970, 1000, 5000] {
            let slot = try #require(list.begin(String(repeating: character, count: length)))
            #expect(try bytes().count == 1001)
            let text = try #require(ActiveQueries.unfinished(in: try bytes()))
            let parsed = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            let query = try #require(parsed[0]["query"] as? String)
            #expect(query.count > 100 && query.allSatisfy { String($0) == character })
            list.end(slot)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `Any bytes in the file are taken`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let junk = (0..<random.below(5000)).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Data(junk).write(to: URL(fileURLWithPath: directory.path + "/queries.active"))
        let list = try #require(ActiveQueries(directory: directory.path, limit: 2))
        #expect((list.unfinished == nil) == (junk.filter { $0 != 0 }.count <= 1))
        #expect(try bytes().count == 2001)
    }

    @Test func `Without a directory there is no list`() {
        #expect(ActiveQueries(directory: directory.path + "/none", limit: 2) == nil)
    }
}

@Suite struct `The query log` {
    @Test func `has a line for each query, and is opened again with the configuration`() async throws {
        let directory = TemporaryDirectory()
        let configuration = directory.path + "/ktsdb.yml", log = directory.path + "/queries.log"
        let text = "global:\n  query_log_file: \(log)\n"
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        func lines(_ path: String) throws -> [[String: Any]] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
        }
        try await TestServer.run(configuration: text, options: { $0.configurationFile = configuration }) { server in
            try server.store(["__name__": "a"], [(100, 1.5)])
            _ = try await server.get("/api/v1/query?query=a&time=100")
            _ = try await server.get("/api/v1/query_range?query=abs(a)&start=100&end=160.5&step=15")
            _ = try await server.get("/api/v1/query?query=a[1m]%2B1&time=100")
            _ = try await server.get("/api/v1/query?query=label_replace(a,%22%5Cxff%22,%22%22,%22b%22,%22%22)&time=100")
        }
        let written = try lines(log)
        #expect(written.count == 3, "What is no expression is not evaluated, and not logged.")
        let range = written[1]
        #expect(range["msg"] as? String == "promql query logged" && range["time"] is String)
        let params = try #require(range["params"] as? [String: Any])
        #expect(params["query"] as? String == "abs(a)" && params["step"] as? Int == 15)
        #expect(params["start"] as? String == "1970-01-01T00:01:40.000Z")
        #expect(params["end"] as? String == "1970-01-01T00:02:40.500Z")
        let stats = try #require(range["stats"] as? [String: [String: Any]])
        #expect(stats["samples"]?["totalQueryableSamples"] as? Int == 5 && stats["timings"]?["execTotalTime"] != nil)
        let request = try #require(range["httpRequest"] as? [String: Any])
        #expect(request["method"] as? String == "GET" && request["path"] as? String == "/api/v1/query_range")
        #expect(range["error"] == nil && written[2]["error"] is String)
        let instant = try #require(written[0]["params"] as? [String: Any])
        #expect(instant["step"] as? Int == 0 && instant["start"] as? String == instant["end"] as? String)

        try await TestServer.run(configuration: text, options: { $0.configurationFile = configuration }) { server in
            _ = try await server.get("/api/v1/query?query=1")
            try FileManager.default.moveItem(atPath: log, toPath: log + ".old")
            _ = try await server.get("/api/v1/query?query=2")
            try await server.reload()
            _ = try await server.get("/api/v1/query?query=3")
            try "global: {}\n".write(toFile: configuration, atomically: true, encoding: .utf8)
            try await server.reload()
            _ = try await server.get("/api/v1/query?query=4")
        }
        #expect(try lines(log + ".old").count == 5)
        #expect(try lines(log).count == 1)
    }
}

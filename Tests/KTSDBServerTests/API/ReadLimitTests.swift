import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBModel
import KTSDBServer
import Synchronization
import Testing

/// A clock that stands still for some looks, and from then on shows a time after all limits.
private final class LimitedClock: Sendable {
    private let start = ContinuousClock.now
    private let count = Atomic(0)
    private let limit: Int

    init(looks: Int) { limit = looks }

    var looks: Int { count.load(ordering: .relaxed) }

    /// Stands still again, for as many looks.
    func restart() { count.store(0, ordering: .relaxed) }

    func now() -> ContinuousClock.Instant {
        count.add(1, ordering: .relaxed).newValue > limit ? start + .seconds(864_000) : start
    }
}

@Suite struct `Limits of reads over HTTP` {
    /// Paths whose work does not grow with what is stored, or is no read of it. What is not here must mind the clock.
    private static let bounded: Set<String> = [
        "/", "/health/live", "/health/ready", "/health/version", "/-/healthy", "/-/ready", "/-/reload", "/-/quit",
        "/metrics", "/api/v1/format_query",
        "/api/v1/parse_query",
        "/api/v1/targets", "/api/v1/scrape_pools", "/api/v1/scrape_pools/config", "/api/v1/alertmanagers",
        "/api/v1/targets/relabel_steps",
        "/api/v1/rules", "/api/v1/alerts", "/api/v1/notifications", "/api/v1/notifications/live",
        "/api/v1/status/buildinfo", "/api/v1/status/runtimeinfo",
        "/api/v1/status/flags", "/api/v1/status/config", "/api/v1/status/memory", "/api/v1/status/series_limits",
        "/api/v1/status/rollups",
        "/api/v1/status/damage",
        "/api/v1/status/walreplay", "/api/v1/write",
        "/api/v1/status/tsdb/blocks", "/api/v1/status/self_metrics", "/api/v1/status/active_queries",
        "/api/v1/features",
        "/api/v1/openapi.yaml",
        "/debug/pprof", "/debug/pprof/**",
        "/api/v1/rules/backfill", "/api/v1/heartbeat", "/api/v1/heartbeat/{name}", "/api/v1/alerting/deliveries",
        "/api/v2/**", "/api/v1/admin/tsdb/snapshot", "/api/v1/admin/tsdb/confirm_clock",
        "/api/v1/admin/tsdb/drop_future", "/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/undelete_series",
        "/api/v1/admin/tsdb/clean_tombstones", "/api/v1/admin/tsdb/deletions",
    ]

    private static func store(in server: TestServer) throws {
        for x in 0..<50 { try server.store(["__name__": "x", "i": "\(x)"], [(100, Double(x))]) }
    }

    /// The answers of all routes that are not in ``bounded``, by method and path, if the clock runs out after some
    /// looks.
    private static func answers(looks: Int) async throws -> [(route: String, status: HTTPResponse.Status, text: String)]
    {
        let clock = LimitedClock(looks: looks)
        let found = Shared<[(route: String, status: HTTPResponse.Status, text: String)]>([])
        let options: (inout ServerOptions) -> Void = {
            $0.queryClock = { clock.now() }
            $0.features = Features(["search-api"])
            $0.enablesAdminAPI = true
        }
        try await TestServer.run(options: options) { server in
            try store(in: server)
            let questions =
                "label=i&query=x&match%5B%5D=%7B__name__%3D~%22.%2B%22%7D&start=0&end=200&step=10&time=100&limit=1000"
            for route in Routes(server.state).router.routes {
                let path = "\(route.path)"
                guard !bounded.contains(path), [.get, .post].contains(route.method) else { continue }
                clock.restart()
                let real = path.replacing("{name}", with: "i")
                // There `time` is a duration.
                let parameters = path.hasSuffix("/retention/preview") ? "time=1d" : questions
                let response =
                    route.method == .get
                    ? try await server.get("\(real)?\(parameters)") : try await server.post(real, form: parameters)
                guard response.status != .methodNotAllowed else { continue }
                let name = "\(route.method) \(path)"
                found.withLock { $0.append((name, response.status, response.text)) }
            }
        }
        return found.withLock { $0 }
    }

    @Test func `Every route that reads what is stored ends when its time is over`() async throws {
        // The first look tells when the limit is.
        let answers = try await Self.answers(looks: 1)
        #expect(answers.count >= 12)
        for (route, status, text) in answers {
            #expect(status == .serviceUnavailable, "\(route): \(text.prefix(200))")
            #expect(text.prefix(200).contains("timed out"), "\(route)")
        }
        for (route, status, text) in try await Self.answers(looks: .max) {
            #expect(status == .ok || status == .noContent || status == .notFound, "\(route): \(text)")
        }
    }

    @Test func `Equal selectors are read once, and there may be ten thousand parameters`() async throws {
        let clock = LimitedClock(looks: .max)
        try await TestServer.run(options: { $0.queryClock = { clock.now() } }) { server in
            try Self.store(in: server)
            func looks(_ form: String) async throws -> Int {
                let before = clock.looks
                let response = try await server.post("/api/v1/series", form: form)
                #expect(response.status == .ok, "\(response.text)")
                #expect(response.text.components(separatedBy: "\"i\"").count == 51)
                return clock.looks - before
            }
            let selector = "match%5B%5D=%7Bi%3D~%22.%2B%22%7D"
            let once = try await looks(selector)
            let often = try await looks(Array(repeating: selector, count: 10_000).joined(separator: "&"))
            #expect(often == once)
            // The same in other words.
            let other = "match%5B%5D=%7Bi%3D~%22.%2B%22%2Cj%3D%22%22%7D&match%5B%5D=%7Bj%3D%22%22%2Ci%3D~%22.%2B%22%7D"
            #expect(try await looks(other) <= once + 4)
            for path in ["series", "labels", "query", "query_range", "query_exemplars"] {
                let refused = try await server.post(
                    "/api/v1/\(path)", form: Array(repeating: selector, count: 10_001).joined(separator: "&"))
                #expect(refused.status == .badRequest)
                #expect(refused.text.contains("more than 10000 parameters"))
            }
        }
    }

    @Test func `Answers of labels and series are within the memory of queries`() async throws {
        try await TestServer.run(options: { $0.queryMaximumBytes = 20_000 }) { server in
            for x in 0..<200 {
                try server.store(["__name__": "x", "i": "\(String(repeating: "i", count: 100))\(x)"], [(100, 1)])
            }
            for path in ["series?match[]=x", "label/i/values", "series?match[]=x&match[]=%7Bi%3D~%22.%2B%22%7D"] {
                let response = try await server.get("/api/v1/\(path)")
                #expect(response.status == .unprocessableContent, "\(path): \(response.text.prefix(200))")
                #expect(response.text.contains("too much memory"))
            }
            #expect(try await server.get("/federate?match[]=x").status == .ok)
            #expect(try await server.get("/api/v1/labels").status == .ok)
            // All was given back.
            #expect(try await server.get("/metrics").text.contains("ktsdb_query_memory_bytes 0\n"))
        }
    }

    @Test func `Queries that run, wait or come are ended when the server stops`() async throws {
        try await TestServer.run(options: { $0.queryMaximumConcurrency = 1 }) { server in
            try Self.store(in: server)
            let long =
                "/api/v1/query_range?query=quantile_over_time(0.5,vector(1)[1000000s:1s])&start=0&end=100000&step=10"
            func wait(forQueries count: Int) async throws {
                for _ in 0..<6_000 {
                    if try await server.get("/metrics").text.contains("prometheus_engine_queries \(count)\n") { return }
                    try await Task.sleep(for: .milliseconds(5))
                }
                Issue.record("there are never \(count) queries")
            }
            async let running = server.get(long)
            try await wait(forQueries: 1)
            // It has to wait for the first one.
            async let waiting = server.get("/api/v1/labels")
            try await wait(forQueries: 2)
            server.state.stopReads()
            #expect(try await running.status.code == 499)
            #expect(try await waiting.status.code == 499)
            #expect(try await server.get("/api/v1/query?query=x").status.code == 499)
            #expect(try await server.get("/api/v1/series?match[]=x").status.code == 499)
        }
    }
}

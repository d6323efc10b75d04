import KTSDBConfiguration
import KTSDBModel
import KTSDBTesting
import NIOHTTP1
import Synchronization
import Testing

@testable import KTSDBScrape

@Suite struct `Targets from a web server` {
    /// A server with an answer that changes, and a manager that asks it every now and then.
    private struct Service {
        let rig: DiscoveryRig
        let server: LoopbackServer
        private let answer: Answer

        private final class Answer: Sendable {
            let current = Mutex(LoopbackServer.Answer.none)
        }

        init(_ text: String, limit: Int? = nil) async throws {
            rig = DiscoveryRig { $0.answerBytes = limit ?? $0.answerBytes }
            let answer = Answer()
            self.answer = answer
            server = try await LoopbackServer { _ in answer.current.withLock { $0 } }
            set(text)
        }

        func set(_ text: String, type: String = "application/json", status: String = "200 OK") {
            answer.current.withLock { $0 = .page(Array(text.utf8), contentType: type, status: status) }
        }

        func hang() { answer.current.withLock { $0 = .none } }

        func follow(_ fields: String = "", user: String = "", every interval: String = "300ms") async throws {
            try await rig.apply(
                "http_sd_configs: [{url: 'http://\(user)127.0.0.1:\(server.port)/sd', refresh_interval: \(interval)\(fields)}]"
            )
        }

        func end() async {
            await rig.end()
            await server.close()
        }
    }

    @Test func `come, change and go, and the last good list is kept`() async throws {
        let service = try await Service(#"[{"targets": ["a:1", "b:1"], "labels": {"x": "y"}}]"#), rig = service.rig
        try await service.follow()
        try await wait { rig.urls == ["http://a:1/metrics", "http://b:1/metrics"] }
        #expect(rig.discovered["a:1"]?["x"] == "y")
        #expect(rig.discovered["a:1"]?["__meta_url"] == "http://127.0.0.1:\(service.server.port)/sd")
        let request = try #require(service.server.requests.first)
        #expect(request.headers["X-Prometheus-Refresh-Interval-Seconds"] == ["0.3"])
        #expect(request.headers["Accept"] == ["application/json"])
        #expect(request.headers["User-Agent"] == ["ktsdb/test"])

        service.set("gone", status: "500 No")
        try await wait { rig.metric("prometheus_sd_http_failures_total") ?? 0 >= 2 }
        #expect(rig.urls.count == 2)
        try await wait {
            rig.log.lines.contains { $0.contains("http_sd_configs: Get") && $0.contains("HTTP status 500") }
        }

        service.set(#"[{"targets": ["c:1"]}]"#)
        try await wait { rig.urls == ["http://c:1/metrics"] }
        service.set("[]")
        try await wait { rig.urls.isEmpty }
        await service.end()
    }

    @Test(arguments: [
        ("[]", "text/html", "unsupported content type"), ("[]", "", "unsupported content type"),
        ("[", "application/json", "line 1"), ("{}", "application/json; charset=utf-8", "line 1"),
        ("[null]", "application/json", "nil target group"),
    ])
    func `are not taken from an answer that is not a list`(text: String, type: String, reason: String) async throws {
        let service = try await Service("[]"), rig = service.rig
        service.set(text, type: type)
        try await service.follow()
        try await wait { rig.log.lines.contains { $0.contains(reason) } }
        #expect(rig.urls.isEmpty)
        await service.end()
    }

    @Test func `stay while the server hangs, or lists too much`() async throws {
        let service = try await Service(#"[{"targets": ["a:1"]}]"#, limit: 1_000), rig = service.rig
        try await service.follow()
        try await wait { rig.urls == ["http://a:1/metrics"] }
        service.hang()
        try await wait { rig.log.lines.contains { $0.contains("context deadline exceeded") } }
        service.set("[" + String(repeating: " ", count: 1_000) + "]")
        try await wait { rig.log.lines.contains { $0.contains("body size limit exceeded (limit: 1000 bytes)") } }
        #expect(rig.urls == ["http://a:1/metrics"])
        service.set("[]")
        try await wait { rig.urls.isEmpty }
        await service.end()
    }

    @Test func `are asked for with the name and the password of the address, which are not shown`() async throws {
        let service = try await Service(#"[{"targets": ["a:1"]}]"#), rig = service.rig
        try await service.follow(user: "us%20er:pass@")
        try await wait { rig.urls.count == 1 }
        let header = service.server.requests.first?.headers["Authorization"]
        #expect(header == [BasicAuthorization.header(name: "us er", password: "pass")])
        #expect(rig.discovered.values.allSatisfy { !"\($0)".contains("pass") })
        service.set("", status: "401 No")
        try await wait { !rig.log.lines.isEmpty }
        #expect(rig.log.lines.allSatisfy { !$0.contains("pass") })
        await service.end()
    }

    @Test func `may be a hundred thousand, and then none`() async throws {
        let targets = (0..<100_000).map { #""10.\#($0 >> 16).\#($0 >> 8 & 255).\#($0 & 255):1""# }
        let service = try await Service(#"[{"targets": [\#(targets.joined(separator: ","))], "labels": {"a": "b"}}]"#)
        // Relabelling drops them, so that what is measured is the discovery.
        try await service.follow("}]\nrelabel_configs: [{action: drop, source_labels: [a], regex: b", every: "5s")
        let rig = service.rig
        let name = "prometheus_sd_discovered_targets"
        try await wait { rig.metric(name, "scrape", "j") == 100_000 }
        #expect(rig.manager.targets().droppedCounts == ["j": 100_000])
        service.set("[]")
        try await wait { rig.metric(name, "scrape", "j") == 0 }
        await service.end()
    }

    @Test(arguments: [
        ("{}", "URL is missing"), ("{url: ''}", "URL is missing"),
        ("{url: 'ftp://a'}", "URL scheme must be 'http' or 'https'"), ("{url: 'http://'}", "host is missing in URL"),
        ("{url: 'http://a', refresh_interval: 0s}", "refresh_interval must be greater than 0"),
        ("{url: 'http://a', basic_auth: {}, bearer_token: x}", "at most one of"),
        ("{uri: 'http://a'}", "field uri not found in http_sd_config"),
    ])
    func `with mistakes are refused`(entry: String, reason: String) {
        #expect {
            try Configuration.parse("scrape_configs: [{job_name: j, http_sd_configs: [\(entry)]}]", path: "p")
        } throws: { error in
            (error as? ConfigurationError)?.reason.hasPrefix(reason) == true
        }
    }
}

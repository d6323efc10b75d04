import KTSDBConfiguration
import KTSDBModel
import KTSDBTesting
import NIOHTTP1
import Synchronization
import Testing

@testable import KTSDBScrape

@Suite struct `Targets from Consul` {
    /// The agent's answers by path and the index that is asked from; a question without a change is answered at once.
    private final class Agent: Sendable {
        private let state = Mutex((index: 5, answers: [String: String]()))

        func set(_ answers: [String: String]) { state.withLock { $0 = ($0.index + 1, answers) } }

        func fail() { state.withLock { $0.answers = [:] } }

        /// Begins to count anew, as an agent does that has lost its history.
        func forget(_ answers: [String: String]) { state.withLock { $0 = (1, answers) } }

        func answer(_ uri: String) -> LoopbackServer.Answer {
            let (index, answers) = state.withLock { $0 }
            guard let text = answers[String(uri.prefix { $0 != "?" })] else { return .page([], status: "500 No") }
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\nX-Consul-Index: \(index)\r\n\r\n"
            return .init(bytes: Array((head + text).utf8))
        }
    }

    private struct Service {
        let agent = Agent()
        let rig = DiscoveryRig()
        let server: LoopbackServer

        init() async throws { server = try await LoopbackServer { [agent] in agent.answer($0.uri) } }

        func follow(_ fields: String = "") async throws {
            try await rig.apply(
                "consul_sd_configs: [{server: '127.0.0.1:\(server.port)', refresh_interval: 50ms\(fields)}]")
        }

        func end() async {
            await rig.end()
            await server.close()
        }
    }

    private static let agent = #"{"Config":{"Datacenter":"dc1"}}"#

    private static func instance(_ port: Int, _ rest: String = "", node: String = #""Address":"10.0.0.1""#) -> String {
        #"{"Node":{\#(node)},"Service":{"Port":\#(port)\#(rest)}}"#
    }

    @Test func `come with the services of the catalog, and go with them`() async throws {
        let service = try await Service(), rig = service.rig
        service.agent.set([
            "/v1/agent/self": Self.agent, "/v1/catalog/services": #"{"web":["a","b"],"db":[]}"#,
            "/v1/health/service/web": "[\(Self.instance(80))]", "/v1/health/service/db": "[\(Self.instance(5432))]",
        ])
        try await service.follow()
        try await wait { rig.urls == ["http://10.0.0.1:5432/metrics", "http://10.0.0.1:80/metrics"] }
        #expect(rig.discovered["10.0.0.1:80"]?["__meta_consul_dc"] == "dc1")
        service.agent.set([
            "/v1/catalog/services": #"{"web":["a","b"]}"#, "/v1/health/service/web": "[\(Self.instance(81))]",
        ])
        try await wait { rig.urls == ["http://10.0.0.1:81/metrics"] }
        let waiting = service.server.requests.map(\.uri).filter { $0.contains("index=") }
        #expect(waiting.allSatisfy { $0.contains("wait=120000ms") && $0.contains("stale") } && !waiting.isEmpty)

        service.agent.fail()
        try await wait { rig.metric("prometheus_sd_consul_rpc_failures_total") ?? 0 >= 3 }
        #expect(rig.urls.count == 1)
        service.agent.forget(["/v1/catalog/services": #"{"web":[]}"#, "/v1/health/service/web": "[]"])
        try await wait { rig.urls.isEmpty }
        await service.end()
    }

    @Test func `have the labels of nodes and services`() async throws {
        let service = try await Service(), rig = service.rig
        let text = """
            [{"Node":{"Node":"n1","Address":"10.0.0.1","Meta":{"rack.no":"7"},"TaggedAddresses":{"lan":"10.0.0.1"}},
            "Service":{"ID":"web-1","Service":"web","Tags":["a","b"],"Address":"10.9.9.9","Port":80,
            "Meta":{"v":"2"},"Namespace":"ns","Partition":"p"},
            "Checks":[{"CheckID":"x","Status":"passing"},{"CheckID":"y","Status":"warning"}]}]
            """
        service.agent.set(["/v1/health/service/web": text])
        try await service.follow(", datacenter: d, services: [web], tag_separator: '|'")
        try await wait { !rig.urls.isEmpty }
        let labels = try #require(rig.discovered["10.9.9.9:80"])
        let own = labels.filter { $0.name.hasPrefix("__meta_consul_") }.map {
            (String($0.name.dropFirst(14)), $0.value)
        }
        #expect(
            Dictionary(uniqueKeysWithValues: own) == [
                "service": "web", "dc": "d", "address": "10.0.0.1", "node": "n1", "namespace": "ns",
                "partition": "p", "tags": "|a|b|", "service_address": "10.9.9.9", "service_port": "80",
                "service_id": "web-1", "health": "warning", "metadata_rack_no": "7", "service_metadata_v": "2",
                "tagged_address_lan": "10.0.0.1",
            ])
        await service.end()
    }

    @Test func `are asked for with everything that narrows them`() async throws {
        let service = try await Service(), rig = service.rig
        service.agent.set([
            "/base/v1/catalog/services": #"{"web":["a","b"],"other":["a"],"none":["a","b"]}"#,
            "/base/v1/health/service/web": "[\(Self.instance(1))]",
        ])
        try await service.follow(
            """
            , path_prefix: base, datacenter: d, namespace: n, partition: p, services: [web, other], tags: [a, b],
            node_meta: {k: v}, filter: 'f == 1', health_filter: h, allow_stale: false, token: hush
            """.replacing("\n", with: " "))
        try await wait { rig.urls.count == 1 }
        let requests = service.server.requests
        #expect(requests.allSatisfy { $0.headers["X-Consul-Token"] == ["hush"] })
        #expect(
            requests.first?.uri == "/base/v1/catalog/services?filter=f+%3D%3D+1&node-meta=k%3Av&dc=d&ns=n&partition=p")
        let instances = requests.map(\.uri).first { $0.contains("/health/") }
        #expect(
            instances
                == "/base/v1/health/service/web?filter=h&node-meta=k%3Av&tag=a&tag=b&dc=d&ns=n&partition=p")
        #expect(!requests.contains { $0.uri.contains("service/other") || $0.uri.contains("service/none") })
        #expect(rig.log.lines.allSatisfy { !$0.contains("hush") })
        await service.end()
    }

    @Test(
        arguments: [
            ([], "passing"), ([("a", "passing"), ("b", "critical"), ("c", "warning")], "critical"),
            ([("_node_maintenance", "critical")], "maintenance"),
            ([("_service_maintenance:x", "critical"), ("b", "critical")], "maintenance"),
        ] as [([(String, String)], String)])
    func `have the health of their checks`(checks: [(String, String)], health: String) throws {
        let list = checks.map { #"{"CheckID":"\#($0)","Status":"\#($1)"}"# }.joined(separator: ",")
        let text = #"{"Node":{"Address":"a"},"Service":{"Port":1},"Checks":[\#(list)]}"#
        let instance = ConsulInstance(try JSONDocument.read(Array(text.utf8)))
        let text2 = "scrape_configs: [{job_name: j, consul_sd_configs: [{}]}]"
        let source = try #require(try Configuration.parse(text2, path: "p").jobs[0].sources.first)
        let settings = try #require(source.settings as? ConsulDiscovery)
        let group = instance.group("s", "d", settings)
        #expect(group?.labels["__meta_consul_health"] == health)
        #expect(group?.addresses == ["a:1"])
    }

    @Test(arguments: [
        ("{server: ''}", "consul SD configuration requires a server address"),
        ("{username: u, basic_auth: {username: v}}", "at most one of consul SD configuration username"),
        ("{token: t, authorization: {credentials: c}}", "at most one of consul SD token, authorization"),
        ("{scheme: ftp}", "scheme must be http or https"), ("{serv: x}", "field serv not found in consul_sd_config"),
    ])
    func `with mistakes are refused`(entry: String, reason: String) {
        #expect {
            try Configuration.parse("scrape_configs: [{job_name: j, consul_sd_configs: [\(entry)]}]", path: "p")
        } throws: { error in
            (error as? ConfigurationError)?.reason.hasPrefix(reason) == true
        }
    }

    @Test func `are shown without secrets`() throws {
        let entry = "{server: 'c:1', token: hush1, username: me, password: hush2}"
        let shown = try Configuration.parse(
            "scrape_configs: [{job_name: j, consul_sd_configs: [\(entry)]}]", path: "p"
        ).yaml
        #expect(!shown.contains("hush") && shown.contains("server: c:1") && shown.contains("username: me"))
    }
}

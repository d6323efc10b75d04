import KTSDBTesting
import NIOHTTP1
import Testing

@testable import KTSDBScrape

@Suite struct `Every kind of target source` {
    /// The list that a job has under the kind's key to find one target, whose address is given, with a directory for
    /// files.
    static let configurations: [String: @Sendable (_ address: String, TemporaryDirectory) async throws -> String] = [
        "static_configs": { address, _ in "[{targets: ['\(address)']}]" },
        "file_sd_configs": { address, directory in
            "[{files: ['\(try directory.write(#"[{"targets": ["\#(address)"]}]"#, to: "targets.json"))']}]"
        },
        "http_sd_configs": { address, _ in
            let server = try await LoopbackServer { _ in
                .page(Array(#"[{"targets": ["\#(address)"]}]"#.utf8), contentType: "application/json")
            }
            return "[{url: 'http://127.0.0.1:\(server.port)/targets'}]"
        },
        "docker_sd_configs": { address, _ in
            let host = address.split(separator: ":")
            let answers = [
                "/containers/json":
                    #"[{"Id":"c","Names":["/c"],"Ports":[{"Type":"tcp","PrivatePort":\#(host[1])}],"#
                    + #""NetworkSettings":{"Networks":{"n":{"IPAddress":"\#(host[0])"}}}}]"#
            ]
            return "[{host: '\(try await daemon(answers))'}]"
        },
        "dockerswarm_sd_configs": { address, _ in
            let host = address.split(separator: ":")
            let answers = ["/nodes": #"[{"ID":"n","Status":{"Addr":"\#(host[0])"}}]"#]
            return "[{role: nodes, host: '\(try await daemon(answers))', port: \(host[1])}]"
        },
        "consul_sd_configs": { address, _ in
            let host = address.split(separator: ":")
            let answers = [
                "/v1/health/service/s?stale=&dc=d":
                    #"[{"Node":{"Address":"\#(host[0])"},"Service":{"Port":\#(host[1])}}]"#
            ]
            let server = try await daemon(answers).dropFirst("tcp://".count)
            return "[{server: '\(server)', datacenter: d, services: [s]}]"
        },
        "dns_sd_configs": { address, _ in
            "[{names: [localhost.example], type: A, port: \(address.split(separator: ":").last ?? "")}]"
        },
        "kubernetes_sd_configs": { address, _ in
            let stub = try await KubernetesStub(), port = address.split(separator: ":").last.flatMap { Int($0) }
            stub.set("pods", "n", "p", KubernetesText.pod("n", "p", ip: "127.0.0.1", port: port))
            return "[{role: pod, api_server: '\(stub.address)'}]"
        },
    ]

    /// The address of a Docker daemon with these answers; all other lists are empty.
    static func daemon(_ answers: [String: String]) async throws -> String {
        let server = try await LoopbackServer { head in
            .page(Array((answers[head.uri] ?? "[]").utf8), contentType: "application/json")
        }
        return "tcp://127.0.0.1:\(server.port)"
    }

    /// Settings of the machine for kinds that need them.
    static func options(_ key: String, _ directory: TemporaryDirectory) async throws -> DiscoveryOptions {
        var options = DiscoveryOptions()
        guard key == "dns_sd_configs" else { return options }
        options.resolverPort = try await DNSStub { _ in .records([(1, [127, 0, 0, 1])]) }.port
        options.resolverFile = try directory.write("nameserver 127.0.0.1\n", to: "resolv.conf")
        return options
    }

    @Test(arguments: TargetSources.served.map(\.key))
    func `that is registered finds a target by configuration, which is scraped`(key: String) async throws {
        let list = try #require(Self.configurations[key], "no configuration is known to find a target by \(key)")
        let directory = TemporaryDirectory(), options = try await Self.options(key, directory)
        let rig = try await StoreRig(discovery: options) { _, _ in .page("found 1\n") }
        let text = """
            scrape_configs:
            - job_name: j
              scrape_interval: 10s
              \(key): \(try await list("127.0.0.1:\(rig.server.port)", directory))
            """
        let configuration = try Configuration.parse(text, path: "prometheus.yml")
        #expect(configuration.jobs.first?.sources.map(\.key) == [key])
        #expect(configuration.yaml.contains("\(key):\n"))
        await rig.manager.apply(configuration)
        await rig.clock.sleepers(1)
        await rig.scrape()
        #expect(rig.manager.targets().active.map(\.health) == [.up])
        #expect(try rig.values("found", instance: "127.0.0.1:\(rig.server.port)") == ["1.0"])
        await rig.end()
    }
}

import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

/// The seed's own configuration, with a cluster that has the seed's pods.
@Suite struct `The seed's pods in Kubernetes` {
    private struct Pod: Decodable {
        let targets: [String]
        let labels: [String: String]
    }

    private struct Expected: Decodable {
        let pod: String
        let keep: Bool
        let scrapeUrl: String?
        let labels: [String: String]?
    }

    private static let isPresent = SharedData.seed("monitoring/prometheus/prometheus.yml") != nil

    private static func read<Value: Decodable>(_ type: Value.Type, _ file: String) throws -> Value {
        let path = try #require(SharedData.seed(file)), decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(contentsOf: URL(filePath: path)))
    }

    /// The pod of the Kubernetes API that has these labels of discovery.
    private static func add(_ pod: Pod, to stub: KubernetesStub) throws {
        let prefix = "__meta_kubernetes_pod_"
        func values(_ kind: String) -> [String: String] {
            let found = pod.labels.filter { $0.key.hasPrefix("\(prefix)\(kind)_") }
            return Dictionary(
                uniqueKeysWithValues: found.map { name, value in
                    let own = String(name.dropFirst(prefix.count + kind.count + 1))
                    return (own.replacingOccurrences(of: "prometheus_io_", with: "prometheus.io/"), value)
                })
        }
        let name = try #require(pod.labels["\(prefix)name"])
        let namespace = try #require(pod.labels["__meta_kubernetes_namespace"])
        let address = try #require(pod.targets.first).split(separator: ":").map(String.init)
        stub.set(
            "pods", namespace, name,
            KubernetesText.pod(
                namespace, name, ip: address[0], port: address.count > 1 ? Int(address[1]) : nil,
                labels: values("label"), annotations: values("annotation")))
    }

    /// Runs the seed's configuration against the stub with a service account, as in a pod.
    private static func run(_ body: (DiscoveryRig, KubernetesStub) async throws -> Void) async throws {
        let stub = try await KubernetesStub(), account = TemporaryDirectory()
        stub.require(token: "first token")
        try account.write("first token\n", to: "token")
        try account.write("erp", to: "namespace")
        for pod in try read([Pod].self, "local/pods.json") { try add(pod, to: stub) }
        let rig = DiscoveryRig {
            $0.kubernetesAddress = stub.address
            $0.serviceAccount = account.path
        }
        let path = try #require(SharedData.seed("monitoring/prometheus/prometheus.yml"))
        let text = try String(contentsOfFile: path, encoding: .utf8)
            .replacingOccurrences(of: "/etc/prometheus/", with: "\(account.path)/")
        await rig.manager.apply(try Configuration.parse(text, path: path))
        let expected = try read([Expected].self, "local/expected-targets.json")
        try await wait { rig.manager.targets().active.count == expected.count { $0.keep } + 3 }
        try await body(rig, stub)
        await rig.end()
        await stub.close()
    }

    @Test(.enabled(if: isPresent, "skipped: the seed's files are not there"))
    func `are exactly the expected targets`() async throws {
        try await Self.run { rig, _ in
            let expected = try Self.read([Expected].self, "local/expected-targets.json")
            let active = rig.manager.targets().active.filter { $0.scrapePool == "kerp-api" }
            for target in active {
                let pod = try #require(target.discoveredLabels["__meta_kubernetes_pod_name"])
                let wanted = try #require(expected.first { $0.pod == pod })
                #expect(wanted.keep && target.scrapeURL == wanted.scrapeUrl, "\(pod)")
                #expect(target.labels == Labels((wanted.labels ?? [:]).map { ($0.key, $0.value) }), "\(pod)")
            }
            #expect(active.count == expected.count { $0.keep })
            let dropped = rig.manager.targets().dropped.compactMap {
                $0.discoveredLabels["__meta_kubernetes_pod_name"]
            }
            #expect(dropped.sorted() == expected.filter { !$0.keep }.map(\.pod).sorted())
            let others = rig.manager.targets().active.filter { $0.scrapePool != "kerp-api" }.map(\.scrapeURL)
            #expect(
                others.sorted() == [
                    "http://localhost:9090/metrics", "http://postgres-exporter:9187/metrics",
                    "http://redis-exporter:9121/metrics",
                ])
        }
    }

    @Test(.enabled(if: isPresent, "skipped: the seed's files are not there"))
    func `are followed when they come, change and go`() async throws {
        try await Self.run { rig, stub in
            func pods() -> Set<String> {
                Set(rig.manager.targets().active.compactMap { $0.discoveredLabels["__meta_kubernetes_pod_name"] })
            }
            let before = pods(), wanted = ["prometheus.io/scrape": "true"]
            stub.set(
                "pods", "erp", "kerp-api-new",
                KubernetesText.pod(
                    "erp", "kerp-api-new", ip: "10.0.0.99", labels: ["app": "kerp-api"], annotations: wanted))
            try await wait { pods() == before.union(["kerp-api-new"]) }
            stub.set(
                "pods", "erp", "kerp-api-new",
                KubernetesText.pod(
                    "erp", "kerp-api-new", ip: "10.0.0.98", labels: ["app": "kerp-api"], annotations: wanted))
            try await wait {
                rig.manager.targets().active.contains { $0.scrapeURL == "http://10.0.0.98:8080/metrics" }
            }
            #expect(!rig.urls.contains("http://10.0.0.99:8080/metrics"))
            stub.remove("pods", "erp", "kerp-api-new")
            try await wait { pods() == before }
        }
    }
}

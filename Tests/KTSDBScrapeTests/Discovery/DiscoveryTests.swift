import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Finding targets` {
    struct ExpectedTarget: Decodable {
        let pod: String
        let keep: Bool
        let scrapeUrl: String?
        let labels: [String: String]?
    }

    @Test(.enabled(if: SharedData.seed("local/prometheus.yml") != nil, "skipped: the seed's files are not there"))
    func `the seed's pods become the targets that promtool found`() async throws {
        let path = try #require(SharedData.seed("local/prometheus.yml"))
        let expectations = try #require(SharedData.seed("local/expected-targets.json"))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let withoutRules = try #require(text.wholeMatch(of: /(?s)(.*?)rule_files:.*?\n(scrape_configs:.*)/))
        let configuration = try Configuration.parse(
            "\(withoutRules.1)\(withoutRules.2)", path: path)
        let job = try #require(configuration.jobs.first { $0.name == "kerp-api" })
        let entry = try #require(job.sources.first)
        #expect(entry.key == "file_sd_configs")
        var files = entry.makeSource(in: SourceSurroundings(user: .scrape, userAgent: "test"))
        let update = await files.refresh(now: .now)
        #expect(update.failures.isEmpty)

        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let expected = try decoder.decode([ExpectedTarget].self, from: Data(contentsOf: URL(filePath: expectations)))
        var seen: Set<String> = []
        for candidate in files.groups.flatMap({ Target.candidates(of: $0, job: job) }) {
            switch candidate {
            case .target(let target):
                let pod = try #require(target.discoveredLabels["__meta_kubernetes_pod_name"])
                let wanted = try #require(expected.first { $0.pod == pod })
                #expect(wanted.keep && target.url == wanted.scrapeUrl, "\(pod)")
                #expect(target.publicLabels == Labels((wanted.labels ?? [:]).map { ($0.key, $0.value) }), "\(pod)")
                #expect(target.discoveredLabels["__meta_filepath"]?.hasSuffix("pods.json") == true)
                seen.insert(pod)
            case .dropped(let labels, _):
                let pod = try #require(labels["__meta_kubernetes_pod_name"])
                #expect(expected.contains { $0.pod == pod && !$0.keep }, "\(pod)")
                seen.insert(pod)
            case .invalid(let reason): Issue.record("\(reason)")
            }
        }
        #expect(seen == Set(expected.map(\.pod)))
    }

    static func target(_ job: String, labels: Labels = [:], address: String = "host:1") throws -> Target? {
        let job = try Configuration.parse("scrape_configs:\n- {job_name: j, \(job)}", path: "p").jobs[0]
        switch Target.candidates(of: TargetGroup(addresses: [address], labels: labels), job: job)[0] {
        case .target(let target): return target
        case .dropped: return nil
        case .invalid(let reason): throw Invalid(reason: reason)
        }
    }

    struct Invalid: Error, Equatable { let reason: String }

    @Test func `labels of the target come before those of the job`() throws {
        let labels: Labels = [
            "__metrics_path__": "/metrics/7", "instance": "seven", "job": "other", "__scrape_interval__": "30s",
        ]
        let target = try #require(try Self.target("metrics_path: /m, scrape_interval: 10s", labels: labels))
        #expect(target.url == "http://host:1/metrics/7")
        #expect(target.publicLabels == ["instance": "seven", "job": "other"])
        #expect(target.interval == .seconds(30))
        #expect(target.timeout == .seconds(10))
    }

    @Test(arguments: [
        ("metrics_path: metrics", "http://host:1/metrics"),
        ("metrics_path: '/a b?c'", "http://host:1/a%20b%3Fc"),
        ("scheme: https, metrics_path: ''", "https://host:1/metrics"),
        ("params: {b: [x y, '&'], a: ['1']}", "http://host:1/metrics?a=1&b=x+y&b=%26"),
    ])
    func `the address of the body is built as Prometheus builds it`(job: String, url: String) throws {
        // An empty metrics_path is the empty text in Prometheus, and so the root; as a label it then is not there.
        let expected = job.contains("metrics_path: ''") ? "https://host:1" : url
        #expect(try Self.target(job)?.url == expected)
    }

    @Test func `a param label replaces the first value`() throws {
        let target = try Self.target("params: {m: [a, b]}", labels: ["__param_m": "x", "__param_n": "y"])
        #expect(target?.url == "http://host:1/metrics?m=x&m=b&n=y")
    }

    @Test(arguments: [
        ("__scrape_interval__", "0s"), ("__scrape_interval__", "x"), ("__scrape_timeout__", "2h"),
        ("__scrape_timeout__", "0"),
    ])
    func `labels that make no sense are told`(name: String, value: String) {
        #expect(throws: Invalid.self) { try Self.target("scrape_interval: 1m", labels: [name: value]) }
    }

    @Test func `an address with a path is no address`() {
        #expect(throws: Invalid(reason: "\"host/x\" is not a valid hostname")) {
            try Self.target("relabel_configs: [{target_label: a, replacement: b}]", address: "host/x")
        }
    }

    @Test func `files are read again when they change, and a broken one keeps its targets`() throws {
        let directory = TemporaryDirectory()
        try directory.write(#"[{"targets": ["a:1"], "labels": {"x": "é\u00e9"}}]"#, to: "1.json")
        try directory.write("- targets: [b:1]\n  labels: {n: 5}\n", to: "2.yml")
        try directory.write("- targets: [c:1]\n", to: "other.txt")
        var files = FileTargets(FileDiscovery(patterns: ["\(directory.path)/*.json", "\(directory.path)/*.yml"]))
        let start = ContinuousClock.now
        func refresh() -> TargetSourceUpdate { files.refresh(now: start) }
        #expect(refresh().changed)
        #expect(files.groups.flatMap(\.addresses) == ["a:1", "b:1"])
        #expect(files.groups[0].labels == ["x": "éé", "__meta_filepath": "\(directory.path)/1.json"])
        #expect(files.groups[1].labels["n"] == "5")
        #expect(!refresh().changed)

        try directory.write("[{\"targets\": [\"a:1\", \"a:2\"]", to: "1.json")
        let broken = refresh()
        #expect(!broken.changed)
        #expect(broken.failures.map(\.file) == ["\(directory.path)/1.json"])
        #expect(files.groups.flatMap(\.addresses) == ["a:1", "b:1"])
        #expect(refresh().failures.isEmpty, "A broken file is told about once.")

        try directory.write("[{\"targets\": [\"a:1\", \"a:2\"]}]", to: "1.json")
        #expect(refresh().changed)
        #expect(files.groups.flatMap(\.addresses) == ["a:1", "a:2", "b:1"])

        try FileManager.default.removeItem(atPath: "\(directory.path)/2.yml")
        #expect(refresh().changed)
        #expect(files.groups.flatMap(\.addresses) == ["a:1", "a:2"])
    }

    @Test(arguments: [
        "{}", "[5]", "[null]", #"[{"targets": "a"}]"#, #"[{"targets": [1]}]"#, #"[{"labels": {"a": 1}}]"#,
        #"[{"x": 1}]"#, "",
        #"[{"labels": {"": "a"}}]"#,
    ])
    func `JSON of another shape is refused`(text: String) throws {
        let directory = TemporaryDirectory()
        let path = try directory.write(text, to: "t.json")
        var files = FileTargets(FileDiscovery(patterns: [path]))
        let update = files.refresh()
        #expect(update.failures.count == 1)
        #expect(files.groups.isEmpty)
    }
}

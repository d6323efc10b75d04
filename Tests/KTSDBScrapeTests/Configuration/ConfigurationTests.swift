import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Reading the configuration` {
    static func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration.parse(text, path: "prometheus.yml")
    }

    @Test func `an empty file has Prometheus' defaults`() throws {
        for text in ["", "# nothing\n", "global:\n", "scrape_configs: []\n"] {
            let configuration = try Self.parse(text)
            #expect(configuration.jobs.isEmpty)
            #expect(configuration.global.scrapeInterval == .seconds(60))
            #expect(configuration.global.scrapeTimeout == .seconds(10))
            #expect(configuration.global.evaluationInterval == .seconds(60))
        }
    }

    @Test func `a job takes from global what it does not say itself`() throws {
        let configuration = try Self.parse(
            """
            global:
              scrape_interval: 5s
              sample_limit: 100
              label_limit: 7
              body_size_limit: 2MB
              external_labels: {site: here}
            scrape_configs:
            - job_name: a
              static_configs: [{targets: ['x:1'], labels: {env: test}}]
            - job_name: b
              scrape_interval: 1m30s
              scrape_timeout: 500ms
              sample_limit: 5
              honor_labels: true
              honor_timestamps: false
              metrics_path: /m
              scheme: https
              params: {module: [x, y]}
              enable_compression: false
            """)
        let (a, b) = (configuration.jobs[0], configuration.jobs[1])
        #expect(a.interval == .seconds(5))
        #expect(a.timeout == .seconds(5))
        #expect(a.limits.samples == 100)
        #expect(a.limits.bodyBytes == 2 << 20)
        #expect(
            a.sources == [TargetSourceEntry(StaticTargets(TargetGroup(addresses: ["x:1"], labels: ["env": "test"])))])
        #expect(b.interval == .seconds(90))
        #expect(b.timeout == .milliseconds(500))
        #expect(b.limits.samples == 5)
        #expect(b.limits.labels == 7)
        #expect(b.honorsLabels && !b.honorsTimestamps && !b.usesCompression)
        #expect(b.parameters == ["module": ["x", "y"]])
        #expect(configuration.global.externalLabels == ["site": "here"])
    }

    /// Each text, the line that is named, and part of the reason.
    static let refused: [(text: String, line: Int, reason: String)] = [
        ("scrape_configs:\n- job_name: a\n  foo: 1\n", 3, "field foo not found in scrape_config"),
        ("globl: {}\n", 1, "field globl not found in the configuration file"),
        ("global:\n  scrape_intervall: 1s\n", 2, "field scrape_intervall not found in global"),
        ("scrape_configs:\n- job_name: a\n- job_name: a\n", 3, "found multiple scrape configs with job name \"a\""),
        ("scrape_configs:\n- metrics_path: /\n", 2, "job_name is empty"),
        ("scrape_configs:\n-\n", 2, "empty or null scrape config section"),
        ("scrape_configs: 5\n", 1, "expected a list"),
        ("global:\n  scrape_interval: 15\n", 2, "not a valid duration string: \"15\""),
        ("global:\n  scrape_interval: 1m1h\n", 2, "not a valid duration string: \"1m1h\""),
        (
            "global:\n  scrape_interval: 5s\n  scrape_timeout: 6s\n", 3,
            "global scrape timeout greater than scrape interval"
        ),
        (
            "scrape_configs:\n- job_name: a\n  scrape_interval: 5s\n  scrape_timeout: 6s\n", 4,
            "scrape timeout greater than scrape interval for scrape config with job name \"a\""
        ),
        ("scrape_configs:\n- job_name: a\n  honor_labels: maybe\n", 3, "expected true or false"),
        ("scrape_configs:\n- job_name: a\n  sample_limit: -1\n", 3, "expected a whole number of 0 or more"),
        ("scrape_configs:\n- job_name: a\n  body_size_limit: 100\n", 3, "not a valid size"),
        ("scrape_configs:\n- job_name: a\n  scheme: ftp\n", 3, "scheme must be http or https"),
        (
            "scrape_configs:\n- job_name: a\n  relabel_configs:\n  - action: drop\n    regex: '('\n", 5,
            "error parsing regexp: missing closing )"
        ),
        (
            "scrape_configs:\n- job_name: a\n  relabel_configs:\n  - action: dorp\n", 4,
            "unknown relabel action \"dorp\""
        ),
        ("scrape_configs:\n- job_name: a\n  relabel_configs:\n  -\n", 4, "empty or null target relabeling rule"),
        (
            "scrape_configs:\n- job_name: a\n  static_configs:\n  - targets: ['http://x:1/']\n", 4,
            "\"http://x:1/\" is not a valid hostname"
        ),
        (
            "scrape_configs:\n- job_name: a\n  metric_name_validation_scheme: legacy\n  static_configs:\n"
                + "  - targets: [x]\n    labels:\n      a-b: c\n", 7, "\"a-b\" is not a valid label name"
        ),
        (
            "scrape_configs:\n- job_name: a\n  file_sd_configs:\n  - files: [a.txt]\n", 4,
            "path name \"a.txt\" is not valid for file discovery"
        ),
        (
            "scrape_configs:\n- job_name: a\n  file_sd_configs:\n  - files: []\n", 4,
            "must contain at least one path name"
        ),
        (
            "scrape_configs:\n- job_name: a\n  ec2_sd_configs:\n  - region: a\n", 4,
            "ec2_sd_configs: this version finds targets by static_configs, file_sd_configs, "
        ),
        ("rule_files:\n- a.yml\n- a/*/b.yml\n", 3, #"invalid rule file path "a/*/b.yml""#),
        ("scrape_config_files: ['*/b.yml']\n", 1, #"invalid scrape config file path "*/b.yml""#),
        ("remote_write:\n- url: http://x\n", 2, "remote_write: this version does not talk to remote storage"),
        ("storage:\n  tsdb:\n    out_of_order_time_window: 1x\n", 3, "not a valid duration string"),
        ("storage:\n  tsdb:\n    retention:\n      size: 1G\n", 4, "not a valid size: \"1G\""),
        (
            "storage:\n  tsdb:\n    retention:\n      size: -1GB\n", 4,
            "'storage.tsdb.retention.size' must be greater than or equal to 0, got -1GB"
        ),
        (
            "storage:\n  tsdb:\n    retention:\n      percentage: 100.5\n", 4,
            "'storage.tsdb.retention.percentage' must be in the range [0, 100], got 100.5"
        ),
        ("storage:\n  tsdb:\n    retention:\n      percentage: -1\n", 4, "must be in the range [0, 100], got -1"),
        ("storage:\n  tsdb:\n    retention:\n      percentage: '5'\n", 4, "expected a number"),
        ("storage:\n  tsdb:\n    retention:\n      tme: 1d\n", 4, "field tme not found in storage.tsdb.retention"),
        ("storage:\n  tsdb:\n    retention:\n      time: 1x\n", 4, "not a valid duration string"),
        (
            "scrape_configs:\n- job_name: a\n  basic_auth: {username: u}\n  bearer_token: t\n", 4,
            "at most one of basic_auth, oauth2, bearer_token & bearer_token_file"
        ),
        (
            "scrape_configs:\n- job_name: a\n  basic_auth:\n    password: p\n    password_file: f\n", 5,
            "at most one of basic_auth password & password_file"
        ),
        ("scrape_configs:\n- job_name: a\n  authorization: {type: basic}\n", 3, "authorization type cannot be set to"),
        ("scrape_configs:\n- job_name: a\n  http_headers:\n    Host: {values: [x]}\n", 4, "setting header \"Host\""),
        ("scrape_configs:\n- job_name: a\n  tls_config: {ca: 'no PEM'}\n", 3, "not a valid PEM certificate or key"),
        (
            "scrape_configs:\n- job_name: a\n  tls_config: {ca: a, ca_file: b}\n", 3,
            "at most one of tls_config ca & ca_file"
        ),
        (
            "scrape_configs:\n- job_name: a\n  tls_config: {cert_file: a}\n", 3,
            "client cert file \"a\" specified without client key file"
        ),
        ("scrape_configs:\n- job_name: a\n  tls_config:\n    min_version: SSL3\n", 4, "unknown TLS version: SSL3"),
        (
            "scrape_configs:\n- job_name: a\n  scrape_protocols: [PrometheusPoto]\n", 3,
            "unknown scrape protocol PrometheusPoto, supported: OpenMetricsText0.0.1, OpenMetricsText1.0.0, PrometheusP"
        ),
        ("scrape_configs:\n- job_name: a\n  job_name: b\n", 2, "key \"job_name\" already set in map"),
        ("scrape_configs:\n- job_name: a\n\tb: c\n", 3, "not valid YAML"),
        ("a: [1\nb: 2\n", 2, "not valid YAML"),
    ]

    @Test(arguments: refused)
    func `what is wrong is refused with its line`(text: String, line: Int, reason: String) {
        do throws(ConfigurationError) {
            _ = try Self.parse(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect(error.line == line, "\(error)")
            #expect(error.reason.contains(reason), "\(error)")
            #expect(error.description == "prometheus.yml:\(line): \(error.reason)")
        }
    }

    @Test func `sections without content are accepted, served or not`() throws {
        let configuration = try Self.parse(
            """
            alerting:
              alertmanagers:
                - static_configs:
                    - targets:
            rule_files:
              # - "first_rules.yml"
            remote_write: []
            scrape_configs:
              - job_name: "prometheus"
                ec2_sd_configs: []
                static_configs:
                  - targets: ["localhost:9090"]
            """)
        #expect(configuration.jobs.map(\.name) == ["prometheus"])
    }

    @Test func `anchors, aliases and merge keys work`() throws {
        let configuration = try Self.parse(
            """
            scrape_configs:
            - &base
              job_name: a
              metrics_path: /m
              scrape_interval: 5s
            - <<: *base
              job_name: b
              scrape_interval: 7s
            """)
        #expect(configuration.jobs[1].metricsPath == "/m")
        #expect(configuration.jobs[1].interval == .seconds(7))
    }

    @Test func `merge keys that stand for millions of mappings are refused`() {
        var text = "scrape_configs:\n- &a0 {job_name: a}\n"
        for level in 1..<10 {
            let alias = "*a\(level - 1)"
            text +=
                "- &a\(level) {<<: [\(Array(repeating: alias, count: 9).joined(separator: ", "))], job_name: b\(level)}\n"
        }
        do throws(ConfigurationError) {
            _ = try Self.parse(text)
            Issue.record("read")
        } catch {
            #expect(error.reason == "more than 10000 mappings are merged into this one")
        }
    }

    @Test func `a file that is not there is named`() {
        #expect(
            throws: ConfigurationError(file: "/none/p.yml", line: nil, reason: "cannot read: No such file or directory")
        ) {
            try Configuration.load(path: "/none/p.yml")
        }
    }

    @Test func `jobs can stand in files of their own`() throws {
        let directory = TemporaryDirectory()
        try directory.write("scrape_configs: [{job_name: b, file_sd_configs: [{files: [t.json]}]}]", to: "jobs-1.yml")
        let main = try directory.write(
            "scrape_config_files: ['jobs-*.yml']\nscrape_configs: [{job_name: a}]\n", to: "prometheus.yml")
        let jobs = try Configuration.load(path: main).jobs
        #expect(jobs.map(\.name) == ["a", "b"])
        #expect(jobs[1].sources == [TargetSourceEntry(FileDiscovery(patterns: ["\(directory.path)/t.json"]))])

        try directory.write("scrape_configs:\n- job_name: a\n", to: "jobs-2.yml")
        #expect(throws: ConfigurationError.self) { try Configuration.load(path: main) }
    }

    @Test func `the printed configuration hides secrets, and reads as the same`() throws {
        let text = """
            global: {scrape_interval: 5s, external_labels: {a: 'true'}}
            scrape_configs:
            - job_name: '5'
              params: {m: ['1']}
              basic_auth: {username: user, password: geheim}
              http_headers: {X-Key: {values: [v]}}
              relabel_configs:
              - {source_labels: [a], separator: '', regex: '(.+):\\d', target_label: b, replacement: '$1'}
              static_configs: [{targets: ['x:1'], labels: {k: 'null'}}]
              file_sd_configs: [{files: [/x/*.json], refresh_interval: 1m}]
            """
        let configuration = try Self.parse(text)
        let yaml = configuration.yaml
        #expect(!yaml.contains("geheim"))
        var again = try Self.parse(yaml)
        again.replacePassword(with: "geheim")
        #expect(again == configuration)
    }
}

extension Configuration {
    fileprivate mutating func replacePassword(with password: String) {
        self =
            (try? Self.parse(yaml.replacingOccurrences(of: "<secret>", with: password), path: "prometheus.yml")) ?? self
    }
}

@Suite struct `Durations and sizes` {
    @Test(
        arguments: [
            ("0", 0), ("0s", 0), ("15s", 15_000), ("1m30s", 90_000), ("1h", 3_600_000), ("100ms", 100),
            ("1d12h", 129_600_000),
            ("2w", 1_209_600_000), ("1y", 31_536_000_000), ("1w1d1h1m1s1ms", 694_861_001),
        ] as [(String, Int64)])
    func `durations are read and written as Prometheus does`(text: String, milliseconds: Int64) throws {
        let configuration = try Configuration.parse("global: {evaluation_interval: \(text)}")
        #expect(
            configuration.global.evaluationInterval == (milliseconds == 0 ? .seconds(60) : .milliseconds(milliseconds)))
        let again = try Configuration.parse(configuration.yaml)
        #expect(again == configuration)
    }

    @Test(arguments: ["", "1", "s", "1.5s", "-1s", "1s1m", "1s1s", "1x", "300y", "99999999999999999999s", " 1s"])
    func `what is no duration is refused`(text: String) {
        #expect(throws: ConfigurationError.self) {
            try Configuration.parse("global: {evaluation_interval: '\(text)x'}")
        }
    }

    @Test(arguments: [("1B", 1), ("10KB", 10_240), ("1MB", 1 << 20), ("1.5GiB", 3 << 29), ("1GB512MB", 3 << 29)])
    func `sizes are read in powers of 1024`(text: String, bytes: Int) throws {
        #expect(try Configuration.parse("global: {body_size_limit: \(text)}").global.limits.bodyBytes == bytes)
    }
}

extension Configuration {
    fileprivate static func parse(_ text: String) throws(ConfigurationError) -> Self {
        try parse(text, path: "prometheus.yml")
    }
}

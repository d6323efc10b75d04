import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import Testing

@Suite struct `Reading the section alerting` {
    static func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration.parse(text, path: "/etc/prometheus.yml")
    }

    @Test func `an Alertmanager has Prometheus' defaults`() throws {
        let configuration = try Self.parse("alerting: {alertmanagers: [{static_configs: [{targets: ['a:9093']}]}]}")
        let manager = try #require(configuration.alerting.alertmanagers.first)
        #expect(manager.scheme == "http")
        #expect(manager.pathPrefix.isEmpty)
        #expect(manager.timeout == .seconds(10))
        #expect(manager.client.authorization == nil && manager.client.followsRedirects && manager.client.tls.verifies)
        #expect(manager.sources == [TargetSourceEntry(StaticTargets(TargetGroup(addresses: ["a:9093"], labels: [:])))])
        #expect(manager.targetRules.isEmpty && manager.alertRules.isEmpty)
        #expect(configuration.alerting.alertRules.isEmpty)
    }

    static let whole = """
        alerting:
          alert_relabel_configs:
          - {regex: replica, action: labeldrop}
          alertmanagers:
          - scheme: https
            path_prefix: /am
            timeout: 3s
            api_version: v2
            basic_auth: {username: user, password: geheim}
            tls_config: {insecure_skip_verify: true}
            follow_redirects: false
            file_sd_configs: [{files: [peers.yml]}]
            relabel_configs:
            - {source_labels: [__address__], regex: 'a.*', action: keep}
            alert_relabel_configs:
            - {target_label: via, replacement: here}
          - authorization: {credentials: verborgen}
            static_configs: [{targets: ['b', 'c:1'], labels: {__scheme__: https}}]
        """

    @Test func `everything of the section is read`() throws {
        let alerting = try Self.parse(Self.whole).alerting
        #expect(alerting.alertRules.map(\.action) == [.labeldrop])
        let first = try #require(alerting.alertmanagers.first)
        #expect(first.scheme == "https" && first.pathPrefix == "/am" && first.timeout == .seconds(3))
        #expect(first.client.authorization == .basic(username: .text("user"), password: .text("geheim")))
        #expect(!first.client.tls.verifies && !first.client.followsRedirects)
        #expect(first.sources == [TargetSourceEntry(FileDiscovery(patterns: ["/etc/peers.yml"]))])
        #expect(first.targetRules.map(\.action) == [.keep])
        #expect(first.alertRules.map(\.targetLabel) == ["via"])
        #expect(alerting.alertmanagers.count == 2)
    }

    @Test func `the printed section hides secrets, and reads as the same`() throws {
        let configuration = try Self.parse(Self.whole), yaml = configuration.yaml
        #expect(!yaml.contains("geheim") && !yaml.contains("verborgen"))
        let parts = yaml.split(separator: "password: <secret>", omittingEmptySubsequences: false)
        let withPassword = parts.joined(separator: "password: geheim")
        let again = withPassword.split(separator: "<secret>", omittingEmptySubsequences: false)
            .joined(separator: "verborgen")
        #expect(try Self.parse(again) == configuration)
    }

    @Test func `the printed section has Prometheus' order`() throws {
        let yaml = try Self.parse("alerting: {alertmanagers: [{path_prefix: /p, static_configs: [{targets: [a]}]}]}")
            .yaml
        let section = """
            alerting:
              alertmanagers:
              - follow_redirects: true
                enable_http2: true
                scheme: http
                path_prefix: /p
                timeout: 10s
                api_version: v2
                static_configs:
                - targets:
                  - a
            """
        #expect(yaml.contains(section), "\(yaml)")
        #expect(!(try Self.parse("alerting: {alertmanagers: []}").yaml.contains("alerting")))
    }

    /// Each entry of `alertmanagers` with what follows it, the line that is named, and part of the reason.
    static let refused: [(text: String, line: Int, reason: String)] = [
        ("    foo: 1\n", 4, "field foo not found in alertmanager_config"),
        ("    shceme: https\n", 4, "field shceme not found in alertmanager_config; did you mean scheme?"),
        ("    scheme: ftp\n", 4, "scheme must be http or https"),
        ("    timeout: 10\n", 4, "not a valid duration string: \"10\""),
        ("    timeout: 0s\n", 4, "timeout must be greater than 0"),
        ("    api_version: v1\n", 4, "expected Alertmanager api version to be one of [v2] but got v1"),
        ("    api_version: v3\n", 4, "expected Alertmanager api version to be one of [v2] but got v3"),
        ("    sigv4: {region: x}\n", 4, "sigv4: this version does not sign requests for AWS"),
        ("    oauth2: {client_id: x}\n", 4, "oauth2 token_url must be configured"),
        (
            "    basic_auth: {username: u}\n    authorization: {credentials: c}\n", 5,
            "at most one of basic_auth, oauth2 & authorization must be configured"
        ),
        ("    relabel_configs: [null]\n", 4, "empty or null Alertmanager target relabeling rule"),
        ("    alert_relabel_configs: [null]\n", 4, "empty or null Alertmanager alert relabeling rule"),
        ("    relabel_configs: [{action: dorp}]\n", 4, "unknown relabel action \"dorp\""),
        ("    static_configs: [{targets: ['http://a:9093']}]\n", 4, "\"http://a:9093\" is not a valid hostname"),
        ("    ec2_sd_configs: [{region: a}]\n", 4, "this version finds targets by static_configs, file_sd_configs, "),
        ("  -\n", 4, "empty or null section in alertmanagers"),
        ("  alert_relabel_configs: [null]\n", 4, "empty or null alert relabeling rule"),
        ("  alertmanger: []\n", 4, "field alertmanger not found in alerting"),
    ]

    @Test(arguments: refused)
    func `what is wrong is refused with its line`(text: String, line: Int, reason: String) {
        do throws(ConfigurationError) {
            _ = try Self.parse("alerting:\n  alertmanagers:\n  - path_prefix: /\n" + text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect(error.line == line, "\(error)")
            #expect(error.reason.contains(reason), "\(error)")
        }
    }

    @Test func `a URL as address is accepted where relabelling may change it`() throws {
        let text = """
            alerting:
              alertmanagers:
              - static_configs: [{targets: ['http://a:9093']}]
                relabel_configs: [{source_labels: [__address__], regex: 'http://(.*)', target_label: __address__}]
            """
        #expect(try Self.parse(text).alerting.alertmanagers.count == 1)
    }
}

import KTSDBConfiguration
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

@Suite struct `A notifier's configuration` {
    private static let route = "route: {receiver: r}\nreceivers:\n- name: r\n"

    @Test func `is read with its templates`() throws {
        let directory = TemporaryDirectory()
        try directory.put("{{ define \"kerp.title\" }}kerp: {{ .Status }}{{ end }}", in: "a.tmpl")
        try directory.put(
            "templates: ['*.tmpl', 'none/*.tmpl']\n" + Self.route
                + "  slack_configs: [{api_url: 'http://s.test/T0/SECRET', channel: c}]\n", in: "am.yml")
        let loaded = try LoadedNotifierConfiguration.load(directory.path + "/am.yml")
        #expect(loaded.receivers.map(\.name) == ["r"] && loaded.resolveTimeout == .seconds(300))
        #expect(loaded.integrations.count == 1)
        let alert = ReceivedAlert(labels: ["a": "b"], startsAt: .zero, updatedAt: .zero)
        let data = TemplateData(
            receiver: "r", alerts: [alert], reason: .unknown, groupLabels: Labels(), routeLabels: KeyValues(),
            externalURL: "")
        #expect(try loaded.templates.expand("{{ template \"kerp.title\" . }}", data, at: .zero) == "kerp: firing")
        #expect(loaded.shownText.contains("api_url: <secret>") && !loaded.shownText.contains("SECRET"))
    }

    @Test(arguments: [
        ("sns_configs: [{topic_arn: a, sigv4: {region: b}}]", "sns_configs"),
        ("wechat_configs: [{api_secret: s, corp_id: c}]", "wechat_configs"),
        ("webhook_configs: [{url: 'http://h', http_config: {tls_config: {ca_ref: x}}}]", "tls_config.ca_ref"),
        ("webhook_configs: [{url: 'http://h', http_config: {proxy_url: 'https://p'}}]", "proxy_url"),
        (
            "webhook_configs: [{url: 'http://h', http_config: {oauth2: {client_id: c, token_url: 'http://t', "
                + "grant_type: 'urn:x'}}}]", "grant_type"
        ),
    ])
    func `is refused at its line if something in it is not delivered`(line: String, named: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedNotifierConfiguration.parse(Self.route + "  \(line)\n", file: "am.yml")
        }
        #expect(error?.line == 4 && error?.reason.contains(named) == true, "\(error.debugDescription)")
    }

    @Test func `is refused if the certificates that it names cannot be read`() throws {
        let directory = TemporaryDirectory(), file = directory.path + "/am.yml"
        let http = "{tls_config: {ca_file: ca.pem}}"
        let text = Self.route + "  webhook_configs: [{url: 'https://h', http_config: \(http)}]\n"
        func problem() throws -> ConfigurationError? {
            do throws(ConfigurationError) {
                _ = try LoadedNotifierConfiguration.parse(text, file: file)
                return nil
            } catch { return error }
        }
        let missing = try problem()
        #expect(missing?.line == 4 && missing?.reason.contains("tls_config ca_file \"ca.pem\": No such file") == true)
        try directory.put("no certificate", in: "ca.pem")
        #expect(try problem()?.reason.contains("not valid PEM") == true)
        try directory.put(TestCertificate.certificate, in: "ca.pem")
        #expect(try problem() == nil)
    }

    @Test func `is refused for a pattern of templates that is not closed`() {
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedNotifierConfiguration.parse("templates: ['[a']\n" + Self.route, file: "am.yml")
        }
        #expect(error?.reason == "templates: \"[a\": syntax error in pattern")
    }

    @Test func `is refused for what Alertmanager refuses, and for templates that are malformed`() throws {
        #expect(throws: ConfigurationError.self) { try LoadedNotifierConfiguration.parse("route: {}", file: "am.yml") }
        let directory = TemporaryDirectory()
        try directory.put("{{ define \"x\" }}{{ end", in: "bad.tmpl")
        try directory.put("templates: [bad.tmpl]\n" + Self.route, in: "am.yml")
        let error = #expect(throws: ConfigurationError.self) {
            try LoadedNotifierConfiguration.load(directory.path + "/am.yml")
        }
        #expect(error?.reason.contains("bad.tmpl:1") == true)
        #expect(throws: ConfigurationError.self) { try LoadedNotifierConfiguration.load(directory.path + "/none.yml") }
    }

    @Test func `has a number that changes with it`() throws {
        let one = try LoadedNotifierConfiguration.parse(Self.route, file: "am.yml").hash
        let other = try LoadedNotifierConfiguration.parse(Self.route + "\n", file: "am.yml").hash
        #expect(one != other && one < 1 << 48)
    }
}

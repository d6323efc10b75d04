import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBNotify
import KTSDBRules
import PrometheusWire
import Testing

@Suite struct `Variables in the files of Alertmanager and of rules` {
    private static let variables = Variables([
        "URL": "https://hooks.slack.com/services/T0/B0/hunter2", "CHANNEL": "#alerts", "WAIT": "7s", "KEY": "hunter2",
        "TEAM": "api", "N": "3",
    ])

    private static let file = """
        global:
          slack_api_url: '${URL}'
          smtp_smarthost: '${HOST:-mail}:25'
          opsgenie_api_url: '${URL}'
        route:
          receiver: a
          group_wait: ${WAIT}
          routes:
          - matchers: ['team="${TEAM}"']
          - matchers: ['team=~"${TEAM}$$"']
          - match_re: {team: 'x${TEAM}$$'}
        receivers:
        - name: a
          slack_configs:
          - channel: '${CHANNEL}'
            title: '${TEAM} $$ {{ .Status }}'
            title_link: 'https://wiki/${TEAM}'
            fields: [{title: '${TEAM}', value: $$}]
            http_config: {basic_auth: {username: '${TEAM}', password: '${KEY}'}}
          pagerduty_configs:
          - service_key: '${KEY}'
            details: {note: '${TEAM}'}
          webhook_configs:
          - url: https://example.org/${KEY}
            max_alerts: ${N}
        """

    private static func read(
        _ text: String, _ variables: Variables = variables
    ) throws(ConfigurationError) -> NotifierConfiguration {
        try NotifierConfiguration.read(text, file: "alertmanager.yml", variables: variables) { _ in nil }
    }

    @Test func `addresses, tokens and times are expanded, messages and patterns are not`() throws {
        let configuration = try Self.read(Self.file)
        #expect(configuration.route?.groupWait == .seconds(7))
        let matchers = configuration.route?.routes.map { $0.matchers.list.map(\.value) }
        #expect(matchers == [["api"], ["${TEAM}$$"], []])
        #expect(configuration.route?.routes[2].matchRE["team"] == "x${TEAM}$$")
        let integrations = configuration.receivers[0].integrations.map(\.values)
        let webhook = integrations[0], pagerduty = integrations[1], slack = integrations[2]
        #expect(webhook.text("url") == "https://example.org/hunter2" && webhook.integer("max_alerts") == 3)
        #expect(pagerduty.text("service_key") == "hunter2")
        #expect(pagerduty.tree("details")?.text("note") == "${TEAM}")
        #expect(slack.text("api_url") == "https://hooks.slack.com/services/T0/B0/hunter2")
        #expect(slack.text("channel") == "#alerts" && slack.text("title_link") == "https://wiki/api")
        #expect(slack.text("title") == "${TEAM} $$ {{ .Status }}")
        #expect(slack.list("fields")[0].text("title") == "${TEAM}" && slack.list("fields")[0].text("value") == "$$")
        #expect(slack.fields("http_config")?.fields("basic_auth")?.text("password") == "hunter2")
    }

    @Test func `the shown text has no secret and can be read again`() throws {
        let shown = try NotifierConfiguration.shownText(Self.file, file: "alertmanager.yml", variables: Self.variables)
        #expect(!shown.contains("hunter2"))
        #expect(shown.contains("group_wait: 7s") && shown.contains("${CHANNEL}") && !shown.contains("#alerts"))
        #expect(shown.contains("opsgenie_api_url: https://hooks.slack.com/\n"))
        #expect(shown.contains("slack_api_url: <secret>") || shown.contains("slack_api_url: '<secret>'"))
        #expect(throws: Never.self) { try Self.read(shown) }
        let literal = try NotifierConfiguration.shownText(
            "global: {opsgenie_api_url: 'https://me:pw@host/x', http_config: {http_headers: {A: {secrets: [s3cr3t]}}}}",
            file: "f", variables: Self.variables)
        #expect(literal.contains("https://me:xxxxx@host/x") && !literal.contains("s3cr3t") && !literal.contains("pw@"))
    }

    private static let sparse = """
        global:
          slack_api_url: '${URL}'
          opsgenie_api_key: '${KEY}'
          smtp_from: ops@example.org
          smtp_smarthost: mail.example.org:25
          http_config: {proxy_url: 'http://me:pw@proxy.example.org:1'}
        route:
          receiver: a
          routes: [{receiver: a, continue: true}, {receiver: a}]
        receivers:
        - name: a
          slack_configs: [{channel: '#c'}]
          opsgenie_configs: [{}]
          pagerduty_configs: [{routing_key: k, details: {note: x}, http_config: {follow_redirects: false}}]
          email_configs:
          - to: me@example.org
        """

    @Test func `defaults are shown, and what integrations take from global, without secrets`() throws {
        let configuration = try Self.read(Self.sparse)
        let shown = try NotifierConfiguration.shownText(
            Self.sparse, file: "alertmanager.yml", variables: Self.variables, of: configuration)
        #expect(!shown.contains("hunter2") && !shown.contains("pw@") && !shown.contains("slack_app_url"))
        for text in [
            "resolve_timeout: 5m", "pagerduty_url: https://events.pagerduty.com/v2/enqueue", "smtp_hello: localhost",
            "smtp_require_tls: true", "templates: []", "note: x", "num_firing:", "enable_http2: true",
            "{{ template \"slack.default.title\" . }}", "api_url: https://api.opsgenie.com/",
        ] { #expect(shown.contains(text), "\(text) is not in \(shown)") }
        #expect(shown.split(separator: "continue: false").count == 3)
        let again = try Self.read(shown)
        let first = configuration.receivers[0].integrations, second = again.receivers[0].integrations
        #expect(first.map(\.kind) == second.map(\.kind) && first.map(\.sendsResolved) == second.map(\.sendsResolved))
        let slack = try #require(second.first { $0.kind == .slack }).values
        #expect(slack.text("api_url") == "<secret>" && slack.text("channel") == "#c")
        let mail = try #require(second.first { $0.kind == .email }).values
        #expect(mail.text("from") == "ops@example.org" && mail.flag("require_tls") && mail.text("hello") == "localhost")
        let pages = try #require(second.first { $0.kind == .pagerduty }).values.fields("http_config")
        #expect(pages?.flag("follow_redirects") == false && pages?.has("proxy_url") == false)
        // What was complete stays as it is.
        #expect(
            try NotifierConfiguration.shownText(shown, file: "f", variables: Variables([:]), of: again) == shown)
    }

    @Test func `an error does not show a variable`() {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.read("global: {slack_api_url: 'ftp${URL}'}\nroute: {receiver: a}\nreceivers: [{name: a}]\n")
        }
        #expect(error?.reason.contains("hunter2") == false && error?.line == 1)
    }

    @Test func `a file is checked although its variables are not known`() throws {
        let unset = UnsetVariables()
        _ = try Self.read(
            Self.file.replacing("a\n  group", with: "'${RECEIVER:-a}'\n  group"), Variables([:], unset: unset))
        #expect(Set(unset.all.map(\.name)) == ["URL", "CHANNEL", "WAIT", "KEY", "TEAM", "N"])
        let wrong = #expect(throws: ConfigurationError.self) {
            try Self.read(
                "route: {receiver: '${TEAM}'}\nreceivers: [{name: a}]\n", Variables([:], unset: UnsetVariables()))
        }
        #expect(wrong?.reason == "undefined receiver \"${TEAM}\" used in route" && wrong?.line == 1)
        let error = #expect(throws: ConfigurationError.self) { try Self.read(Self.file, Variables([:])) }
        #expect(error?.line == 2 && error?.reason.hasPrefix("the variable URL is not set") == true)
    }

    @Test func `rules have variables in names and times, not in what is evaluated`() throws {
        let text = """
            groups:
            - name: ${TEAM}
              interval: ${WAIT}
              labels: {g: '${TEAM}'}
              rules:
              - {alert: A, expr: 'up{a="${TEAM}$$"}', for: '${FOR:-5m}', labels: {l: '${TEAM}'}, annotations: {a: '$$'}}
            """
        var options = RuleFile.Options()
        options.variables = Self.variables
        let group = try RuleFile.read(text, file: "r.yml", options: options).groups[0]
        #expect(group.name == "api" && group.interval == .seconds(7))
        let rule = group.rules[0].alerting
        #expect(rule?.holdDuration == .seconds(300) && rule?.expression == "up{a=\"${TEAM}$$\"}")
        #expect(rule?.annotations["a"] == "$$" && rule?.labels["g"] == "${TEAM}" && rule?.labels["l"] == "${TEAM}")
    }
}

extension JSONTree {
    fileprivate func text(_ name: String) -> String? {
        guard case .object(let members) = self,
            case .string(let text)? = members.first(where: { $0.name == name })?.value
        else { return nil }
        return text
    }
}

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

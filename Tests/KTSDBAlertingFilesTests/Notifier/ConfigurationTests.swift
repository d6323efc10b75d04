import KTSDBAlertTesting
import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBNotify
import Testing

@Suite struct ConfigurationTests {
    @Test func `errors name the line`() throws {
        let text = "route:\n  receiver: a\n  group_wait: soon\nreceivers:\n- name: a\n"
        let error = #expect(throws: ConfigurationError.self) { try FileTable.configuration(text) }
        #expect(error?.description == "alertmanager.yml:3: not a valid duration string: \"soon\"")
        let unknown = #expect(throws: ConfigurationError.self) {
            try FileTable.configuration("route:\n  receiver: a\n  group: b\nroutes: 1\n")
        }
        #expect(
            unknown?.reason
                == "yaml: unmarshal errors:\n  line 3: field group not found in type config.plain\n"
                + "  line 4: field routes not found in type config.plain")
        let bad = #expect(throws: ConfigurationError.self) { try FileTable.configuration("BAD\n") }
        #expect(bad?.reason == "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `BAD` into config.plain")
    }

    @Test(arguments: [
        ("route: {receiver: b}\nreceivers: [{name: a}]", 1, "undefined receiver \"b\" used in route"),
        (
            "route:\n  receiver: a\n  routes:\n  - match: {x: y}\n    receiver: c\nreceivers: [{name: a}]", 5,
            "undefined receiver \"c\" used in route"
        ),
        (
            "route:\n  receiver: a\n  routes:\n  - mute_time_intervals: [n]\nreceivers: [{name: a}]", 4,
            "undefined time interval \"n\" used in route"
        ),
        (
            "route:\n  receiver: a\n  active_time_intervals: [n]\nreceivers: [{name: a}]", 3,
            "root route must not have any active time intervals"
        ),
        ("route: {receiver: a}\nreceivers:\n- name: a\n- name: a", 4, "notification config name \"a\" is not unique"),
        (
            "route: {receiver: a}\nreceivers:\n- name: a\n  slack_configs:\n  - channel: c", 5,
            "no Slack API URL nor App token set either inline or in a file"
        ),
        ("route: {receiver: a}\nreceivers:\n- name: a\n  webhook_configs:\n  - ~", 5, "missing webhook config"),
        (
            "route:\n  receiver: a\n  routes:\n  - ~\nreceivers: [{name: a}]", 4,
            "an entry of routes is empty; remove it"
        ),
        (
            "route: {receiver: a}\nreceivers:\n- name: a\n- null", 4,
            "an entry of receivers is empty; give it a name, or remove it"
        ),
    ]) func `errors about a whole configuration name the line, too`(text: String, line: Int, reason: String) {
        let error = #expect(throws: ConfigurationError.self) { try FileTable.configuration(text) }
        #expect(error?.description == "alertmanager.yml:\(line): \(reason)")
    }

    @Test func `lists that are null are empty`() throws {
        let configuration = try FileTable.configuration(
            "route: {receiver: a, routes: null}\nreceivers: [{name: a, webhook_configs: null}]\ninhibit_rules: ~\n")
        #expect(configuration.route?.routes == [] && configuration.receivers.map(\.integrations) == [[]])
        let error = #expect(throws: ConfigurationError.self) {
            try FileTable.configuration("route: {receiver: a}\nreceivers: null\n")
        }
        #expect(error?.reason == "undefined receiver \"a\" used in route")
    }

    @Test func `an integration takes what it does not set from the global values`() throws {
        let configuration = try FileTable.configuration(
            """
            global:
              opsgenie_api_key: k
              slack_app_token: t
              http_config: {proxy_url: 'http://proxy:1'}
            route: {receiver: a}
            receivers:
            - name: a
              slack_configs: [{channel: x}]
              opsgenie_configs: [{api_url: 'http://o.example/x'}, {api_key: own}]
              pagerduty_configs: [{routing_key: r, http_config: {follow_redirects: false}}]
            """)
        let integrations = configuration.receivers[0].integrations
        #expect(integrations.map(\.kind) == [.pagerduty, .opsgenie, .opsgenie, .slack])
        #expect(integrations[0].values.text("url") == "https://events.pagerduty.com/v2/enqueue")
        #expect(integrations[0].values.fields("http_config")?.flag("follow_redirects") == false)
        #expect(integrations[0].values.text("source") == integrations[0].values.text("client"))
        #expect(integrations[1].values.text("api_url") == "http://o.example/x/")
        #expect(integrations[1].values.text("api_key") == "k" && integrations[2].values.text("api_key") == "own")
        #expect(integrations[3].values.text("api_url") == "https://slack.com/api/chat.postMessage")
        #expect(integrations[3].values.fields("http_config")?.text("proxy_url") == "http://proxy:1")
        #expect(integrations[3].values.fields("http_config")?.fields("authorization")?.text("credentials") == "t")
    }

    @Test func `secrets are not shown`() throws {
        let configuration = try FileTable.configuration(
            """
            global: {slack_api_url: 'http://geheim/1', smtp_auth_password: geheim}
            route: {receiver: a}
            receivers:
            - name: a
              slack_configs: [{channel: c}]
              webhook_configs: [{url: 'http://geheim/2', http_config: {basic_auth: {username: u, password: geheim}}}]
              pagerduty_configs: [{routing_key: geheim}]
              telegram_configs: [{chat_id: 1, bot_token: geheim}]
            """)
        #expect("\(configuration)".contains("geheim"))
        for integration in configuration.receivers[0].integrations {
            let shown = "\(integration.kind.schema.masked(integration.values))"
            #expect(!shown.contains("geheim") && shown.contains("<secret>"), "\(shown)")
        }
        #expect(!"\(ConfigurationSchema.global.masked(configuration.global))".contains("geheim"))
    }
}

import KTSDBAlertTesting
import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBNotify
import KTSDBTesting
import Testing

@Suite struct HostileConfigurationTests {
    private static let text = """
        global: {resolve_timeout: 8s, smtp_smarthost: 'a:25', smtp_from: a@b, slack_api_url: 'http://s/x'}
        templates: ['*.tmpl']
        route:
          receiver: a
          group_by: [alertname, '...']
          routes:
          - matchers: ['{a="b"}', 'c=~"d.*"']
            match_re: {e: f|g}
            group_wait: 1m
            mute_time_intervals: [n]
            routes: [{receiver: a, continue: true, labels: {x: '{{ .y }}'}}]
        time_intervals:
        - name: n
          time_intervals:
          - times: [{start_time: '09:00', end_time: '24:00'}]
            weekdays: ['monday:friday', sunday]
            days_of_month: ['-7:-1', '1']
            months: ['january:march', 5]
            years: ['2020:2030']
            location: Europe/Berlin
        inhibit_rules:
        - source_matchers: [a=b]
          target_match: {c: d}
          equal: [e]
        receivers:
        - name: a
          webhook_configs: [{url: 'http://x/{{ .a }}', max_alerts: 3, timeout: 1.5s, payload: {a: [1, null, {b: c}]}}]
          slack_configs: [{channel: '#c', fields: [{title: t, value: v}], actions: [{type: b, text: t, url: u}]}]
          email_configs: [{to: a@b, headers: {X: y}, tls_config: {insecure_skip_verify: true}}]
          pagerduty_configs: [{routing_key: k, details: {a: b}, http_config: {basic_auth: {username: u}}}]
        """

    @Test(arguments: 0..<8 as Range<UInt64>) func `any text gives a configuration or an error`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "[", "]", "{", "}", ": ", "- ", "\n", " ", "null", "~", "0", "-1", "&a ", "*a", "<<: ", "'", "\"",
            "99999999999",
        ]
        for _ in 0..<250 {
            var characters = Array(Self.text)
            for _ in 0..<(1 + generator.below(3)) {
                let place = generator.below(characters.count)
                switch generator.below(3) {
                case 0: characters.remove(at: place)
                case 1: characters.insert(contentsOf: generator.pick(pieces), at: place)
                default: characters[place] = generator.pick(Array(generator.pick(pieces)))
                }
            }
            guard let configuration = try? FileTable.configuration(String(characters)) else { continue }
            _ = try? NotificationPlan(configuration)
        }
    }

    @Test func `texts that nest without end are texts`() {
        for piece in ["[", "{a: ", "- ", "? ", "[{"] {
            _ = YAMLText.value(String(repeating: piece, count: 100_000))
        }
        let bomb = (1..<30).reduce("a0: &a0 [x]\n") { $0 + "a\($1): &a\($1) [*a\($1 - 1), *a\($1 - 1), *a\($1 - 1)]\n" }
        _ = YAMLText.value(bomb)
    }

    @Test func `the unchanged text is valid but for its groups`() {
        let error = #expect(throws: ConfigurationError.self) { try FileTable.configuration(Self.text) }
        #expect(
            error?.reason == "cannot have wildcard group_by (`...`) and other labels at the same time")
        let fixed = Self.text.replacing(", '...'", with: "")
        #expect(throws: Never.self) { try FileTable.configuration(fixed) }
    }
}

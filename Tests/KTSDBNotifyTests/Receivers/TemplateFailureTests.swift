import KTSDBModel
import PrometheusWire
import Testing

@testable import KTSDBNotify

@Suite struct `A template that fails` {
    private static let broken = "{{ .NoSuchField.Deeper }}"
    private let now = WallTime(seconds: 1_800_000_000)

    private func context(replaces: Bool = true) throws -> PayloadContext {
        var context = PayloadContext(templates: try NotificationTemplates(), externalURL: "http://am")
        context.replacesFailedTexts = replaces
        return context
    }

    private func notification(_ kind: IntegrationKind) -> Notification {
        let alert = ReceivedAlert(
            labels: ["alertname": "A", "severity": "critical"], annotations: ["summary": "It burns."], startsAt: now,
            updatedAt: now)
        return Notification(
            integration: IntegrationID(receiver: "r", kind: kind.rawValue, index: 0), reason: .firstNotification,
            groupKey: "{}:{}", groupLabels: Labels(), routeLabels: KeyValues(), alerts: [alert], tick: now, data: [:],
            firing: [1], resolved: [], repeatInterval: .seconds(3600))
    }

    private func integration(_ kind: IntegrationKind, _ values: [String: String]) -> IntegrationConfiguration {
        var fields = kind.schema.defaults
        for (name, value) in values { fields[name] = .text(value) }
        return IntegrationConfiguration(kind: kind, index: 0, values: fields)
    }

    private func build(
        _ integration: IntegrationConfiguration, _ failures: TemplateFailures = TemplateFailures()
    ) throws -> String {
        let message = try OutgoingMessage.build(
            notification(integration.kind), integration, try context(), at: now, random: 1, failures: failures)
        switch message {
        case .http(let requests): return requests.map { String(decoding: $0.body, as: UTF8.self) }.joined()
        case .mail(let mail): return String(decoding: mail.content, as: UTF8.self)
        }
    }

    private static let kinds: [(IntegrationKind, [String: String])] = [
        (.slack, ["api_url": "http://s", "title": broken, "text": broken, "channel": broken, "color": broken]),
        (
            .pagerduty,
            [
                "routing_key": "k", "url": "http://p", "description": broken, "severity": broken, "client": broken,
                "client_url": broken, "source": broken,
            ]
        ),
        (.discord, ["webhook_url": "http://d", "title": broken, "message": broken]),
        (.msteams, ["webhook_url": "http://t", "title": broken, "text": broken]),
        (.msteamsv2, ["webhook_url": "http://t", "title": broken, "text": broken]),
        (.telegram, ["bot_token": "t", "message": broken, "parse_mode": "HTML"]),
        (.telegram, ["bot_token": "t", "message": broken, "parse_mode": "MarkdownV2"]),
        (.opsgenie, ["api_key": "k", "api_url": "http://o/", "message": broken, "description": broken]),
        (.mattermost, ["webhook_url": "http://m", "text": broken, "title": broken]),
        (
            .email,
            [
                "from": "a@b.c", "to": "d@e.f", "smarthost": "h:25", "html": broken, "text": broken,
            ]
        ),
    ]

    @Test(arguments: kinds) func `sends a message that names the error`(
        kind: IntegrationKind, values: [String: String]
    ) throws {
        let failures = TemplateFailures()
        let text = try build(integration(kind, values), failures).replacing("=\r\n", with: "")
        #expect(text.contains("error expanding template"))
        #expect(text.contains("NoSuchField"))
        #expect(failures.first?.contains("NoSuchField") == true)
    }

    @Test func `in a payload of the user's own is replaced there`() throws {
        var hook = integration(.webhook, ["url": "http://w"])
        hook.values["payload"] = .tree(.members([("text", .string(Self.broken)), ("ok", .string("{{ .Status }}"))]))
        let text = try build(hook)
        #expect(text.contains("\"ok\":\"firing\"") && text.contains("error expanding template"))
        var page = integration(.pagerduty, ["routing_key": "k", "url": "http://p"])
        page.values["details"] = .tree(.members([("d", .string(Self.broken))]))
        #expect(try build(page).contains("error expanding template"))
    }

    @Test func `in a field that a receiver reads leaves it out`() throws {
        let slack = integration(
            .slack, ["api_url": "http://s", "text": "t", "channel": Self.broken, "color": Self.broken])
        let text = try build(slack)
        #expect(!text.contains("error expanding") && !text.contains("\"channel\"") && text.contains("\"text\":\"t\""))
        let page = integration(.pagerduty, ["routing_key": "k", "url": "http://p", "severity": Self.broken])
        #expect(try build(page).contains("\"severity\":\"error\""))
    }

    @Test func `in HTML is shown as text, and in Telegram without its notation`() throws {
        let mail = integration(
            .email, ["from": "a@b.c", "to": "d@e.f", "smarthost": "h:25", "html": "<p>" + Self.broken + "</p>"])
        #expect(try build(mail).contains("&lt;error expanding template"))
        let chat = integration(.telegram, ["bot_token": "t", "message": Self.broken, "parse_mode": "MarkdownV2"])
        #expect(try !build(chat).contains("parse_mode"))
    }

    @Test func `where it names the address cannot be replaced`() throws {
        let hook = integration(.webhook, ["url": "http://w/" + Self.broken])
        #expect(throws: PayloadError.self) { try build(hook) }
        let mail = integration(.email, ["from": "a@b.c", "to": Self.broken, "smarthost": "h:25"])
        #expect(throws: PayloadError.self) { try build(mail) }
    }

    @Test func `is an error where nothing is replaced`() throws {
        let slack = integration(.slack, ["api_url": "http://s", "text": Self.broken])
        #expect(throws: PayloadError.self) {
            try OutgoingMessage.build(notification(.slack), slack, try context(replaces: false), at: now, random: 1)
        }
    }

    @Test func `because it writes too much is cut off, and the error is short`() throws {
        let endless = "{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}"
        let long = "{{ range .Alerts }}{{ printf \"%1000000d\" 1 }}{{ printf \"%1000000d\" 1 }}{{ end }}"
        for source in [endless, long] {
            let text = try build(integration(.slack, ["api_url": "http://s", "text": source]))
            #expect(text.contains("error expanding template") && text.utf8.count < 20_000)
        }
    }

    @Test func `does not matter to how much of many large alerts is sent`() throws {
        var large = notification(.webhook)
        large.alerts = (0..<200).map { number in
            ReceivedAlert(
                labels: ["alertname": "A\(number)"], annotations: ["x": String(repeating: "y", count: 250_000)],
                startsAt: now, updatedAt: now)
        }
        let message = try OutgoingMessage.build(
            large, integration(.webhook, ["url": "http://w"]), try context(), at: now, random: 1)
        guard case .http(let requests) = message, let body = requests.first?.body else { throw PayloadError("mail") }
        #expect(body.count < 20 << 20)
        #expect(String(decoding: body.suffix(400), as: UTF8.self).contains("\"truncatedAlerts\":133"))
    }
}

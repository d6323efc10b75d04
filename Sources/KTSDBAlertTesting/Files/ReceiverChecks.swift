import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify
internal import PrometheusWire

/// Notifications of tables, and the requests that become of them.
enum ReceiverChecks {
    private static let now = NotifierTable.now

    static func checkPagerDuty(_ entry: TableValue) throws {
        let integration = AnswerChecks.integration(.pagerduty, try fields(try need(entry["config"])))
        try compare(entry, isWanted: entry["ok"]?.flag == true) {
            _ = try build(notification([alert(["lbl1": "val1"])]), integration)
        }
    }

    static func checkWebhookURL(_ entry: TableValue) throws {
        let url = try need(entry["url"]?.text).replacing("{listener}", with: "l.example")
        let notification = notification(
            [alert(NotifierTable.labels(entry["alert_labels"]))],
            groupLabels: NotifierTable.labels(entry["group_labels"]))
        try compare(entry, isWanted: entry["error"] == nil) {
            let request = try build(notification, AnswerChecks.integration(.webhook, ["url": .text(url)]))
            try check(request.url, is: "http://l.example" + (entry["path"]?.text ?? ""))
        }
    }

    static func checkMaxAlerts(_ entry: TableValue) throws {
        let alerts = (0..<(entry["alerts"]?.integer ?? 0)).map { alert(["n": "\($0)"]) }
        let limit = Int64(entry["max_alerts"]?.integer ?? 0)
        let integration = AnswerChecks.integration(
            .webhook, ["url": .text("http://l"), "max_alerts": .integer(limit)])
        let body = try JSONTreeParser.parse(try build(notification(alerts), integration).body)
        guard case .array(let sent)? = body["alerts"] else { return try check(false, "a list of alerts", got: body) }
        try check(sent.count, is: entry["sent"]?.integer)
        try check(body["truncatedAlerts"], is: .integer(entry["truncatedAlerts"]?.integer ?? -1))
    }

    static func alert(_ labels: Labels) -> ReceivedAlert {
        ReceivedAlert(labels: labels, startsAt: now, updatedAt: now)
    }

    static func notification(_ alerts: [ReceivedAlert], groupLabels: Labels = [:]) -> Notification {
        let firing = alerts.filter { $0.endsAt == nil }.map(\.logHash)
        return Notification(
            integration: IntegrationID(receiver: "test", kind: "x", index: 0), reason: .firstNotification,
            groupKey: "1", groupLabels: groupLabels, routeLabels: KeyValues(), alerts: alerts, tick: now, data: [:],
            firing: firing, resolved: [], repeatInterval: .seconds(3600))
    }

    /// The first request of a notification.
    static func build(_ notification: Notification, _ integration: IntegrationConfiguration) throws -> OutgoingRequest {
        let context = PayloadContext(
            templates: try TemplateValues.templates(), externalURL: "http://am.example", readYAML: YAMLText.value)
        guard
            case .http(let requests) = try OutgoingMessage.build(notification, integration, context, at: now, random: 1)
        else { throw PayloadError("no request") }
        return requests[0]
    }

    private static func compare(_ entry: TableValue, isWanted: Bool, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as PayloadError {
            try check(!isWanted, "a request", got: error)
            return try check(error: error.description, contains: entry["error"]?.text)
        }
        try check(isWanted, entry["error"]?.text ?? "an error", got: "a request")
    }

    /// Turns the field names of Go into those of files: `RoutingKey` into `routing_key`.
    private static func fields(_ json: TableValue) throws -> [String: ConfigurationValue] {
        var result: [String: ConfigurationValue] = [:]
        for (name, value) in json.members {
            let key = name.reduce("") { $0 + ($1.isUppercase && !$0.isEmpty ? "_" : "") + $1.lowercased() }
            if let text = value.text {
                result[key] = .text(text)
            } else if let list = value.array {
                result[key] = .list(try list.map { FieldValues(try fields($0)) })
            } else {
                result[key] = .tree(try TemplateValues.json(value))
            }
        }
        return result
    }
}

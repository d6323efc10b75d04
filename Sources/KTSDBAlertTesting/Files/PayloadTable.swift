import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify
internal import PrometheusWire

/// `am_payloads.json`: structured payloads with templates in them.
enum PayloadTable {
    static let table = AlertTable("am_payloads.json") { entry in
        let payload = try TemplateValues.json(entry["payload"]), fails = entry["error"]?.flag == true
        let result = Result { try expand(payload, entry) }
        if fails {
            try check((try? result.get()) == nil, "an error", got: result)
        } else {
            try check(try result.get(), is: try TemplateValues.json(entry["result"]))
        }
    }

    private static func expand(_ payload: JSONTree, _ entry: TableValue) throws -> JSONTree {
        guard let alerts = entry["alerts"]?.array else { return try expandData(payload, entry["data"] ?? .empty) }
        let list = alerts.map { alert in
            ReceivedAlert(
                labels: NotifierTable.labels(alert["Labels"]),
                annotations: NotifierTable.keyValues(alert["Annotations"]),
                startsAt: NotifierTable.now, endsAt: NotifierTable.now, updatedAt: NotifierTable.now)
        }
        let values: [String: ConfigurationValue] = ["url": .text("http://l"), "payload": .tree(payload)]
        let request = try ReceiverChecks.build(
            ReceiverChecks.notification(list), AnswerChecks.integration(.webhook, values))
        return try JSONTreeParser.parse(request.body)
    }

    private static func expandData(_ payload: JSONTree, _ json: TableValue) throws -> JSONTree {
        let templates = try TemplateValues.templates(), data = TemplateValues.data(json)
        return try StructuredPayload.expand(payload, readYAML: YAMLText.value) { text throws(PayloadError) in
            do throws(NotificationTemplateError) {
                return try templates.expand(text, data, at: NotifierTable.now)
            } catch {
                throw PayloadError(error.description)
            }
        }
    }
}

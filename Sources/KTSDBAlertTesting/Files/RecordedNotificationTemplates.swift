import KTSDBModel
import KTSDBNotify

/// `recorded_am_templates.json`: what amtool 0.25 printed, and the built-in templates as they were sent.
enum RecordedNotificationTemplates {
    static let table = AlertTable("recorded_am_templates.json") { recording, _, result in
        let data = try need(recording["data"])
        for (index, entry) in try need(recording["texts"]?.array).enumerated() {
            let output = entry["output"]?.text ?? "", name = "text " + entry.caseName(index)
            if output.contains("map[") || output.hasPrefix("[{") {
                result.skip(name, because: "version 0.34 prints maps and pairs in another form")
            } else {
                result.check(name) { try check(entry, data) }
            }
        }
        let posted = try need(recording["defaults_alerts"]?.array)
        for (index, entry) in try need(recording["defaults"]?.array).enumerated() {
            result.check("default " + entry.caseName(index)) { try checkDefault(entry, posted) }
        }
    }

    private static func check(_ entry: TableValue, _ data: TableValue) throws {
        do {
            let found = try TemplateValues.templates().expand(
                try need(entry["template"]?.text), TemplateValues.data(data),
                as: entry["type"]?.text == "html" ? .html : .text, at: NotifierTable.now)
            try KTSDBAlertTesting.check(found, is: entry["output"]?.text ?? "")
        } catch let error as NotificationTemplateError {
            try KTSDBAlertTesting.check(error.description, is: entry["error"]?.text)
        }
    }

    private static func checkDefault(_ entry: TableValue, _ posted: [TableValue]) throws {
        let resolved = ["both firing": 0, "one resolved": 1, "both resolved": 2][entry["state"]?.text ?? ""] ?? 0
        let alerts = posted.enumerated().map { place, alert in
            ReceivedAlert(
                labels: NotifierTable.labels(alert["labels"]),
                annotations: NotifierTable.keyValues(alert["annotations"]), startsAt: NotifierTable.now,
                endsAt: place >= posted.count - resolved ? NotifierTable.now : nil,
                generatorURL: alert["generatorURL"]?.text ?? "", updatedAt: .zero)
        }
        let data = TemplateData(
            receiver: "kerp.slack (x)", alerts: alerts, reason: .firstNotification,
            groupLabels: ["alertname": "APIDown"], routeLabels: KeyValues(),
            externalURL: "http://alertmanager.example:9093")
        let parts = (entry["template"]?.text ?? "").split(separator: " ")
        let text =
            parts.first == "receiver"
            ? "{{ .Receiver }}" : "{{ template \"\(parts[0])\" \(parts.count > 1 ? parts[1] : ".") }}"
        let found = try TemplateValues.templates().expand(text, data, at: NotifierTable.now)
        try KTSDBAlertTesting.check(found, is: entry["output"]?.text)
    }
}

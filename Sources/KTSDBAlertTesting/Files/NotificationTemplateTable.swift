import GoTemplate
import KTSDBAlertingFiles
import KTSDBModel
import KTSDBNotify

/// `am_templates.json`: templates of notifications.
enum NotificationTemplateTable {
    static let table = AlertTable("am_templates.json") { entry in
        if let text = entry["text"]?.text {
            try checkText(text, entry)
        } else if entry["name"]?.text == "data" {
            try checkData(entry)
        } else {
            try checkValue(entry)
        }
    }

    private static func checkText(_ text: String, _ entry: TableValue) throws {
        let json = entry["data"] ?? .empty
        var data: TemplateData?
        if json["RouteLabels"]?.textMembers != nil {
            data = TemplateData(
                receiver: "", alerts: [], reason: .unknown, groupLabels: NotifierTable.labels(json["GroupLabels"]),
                routeLabels: NotifierTable.keyValues(json["RouteLabels"]), externalURL: "")
        }
        let value = data?.goValue ?? TemplateValues.value(entry["data"], type: entry["data_type"]?.text)
        do {
            let output = try TemplateValues.templates().expand(
                text, value, routeLabels: data, as: entry["html"]?.flag == true ? .html : .text,
                at: NotifierTable.now)
            try check(output, is: entry["output"]?.text)
        } catch let error as NotificationTemplateError {
            if entry["error"]?.flag != true { try check(error.description, is: entry["error"]?.text) }
        }
    }

    private static func checkData(_ entry: TableValue) throws {
        let data = TemplateData(
            receiver: try need(entry["receiver"]?.text), alerts: try need(entry["alerts"]?.array).map(alert),
            reason: .firstNotification, groupLabels: NotifierTable.labels(entry["group_labels"]),
            routeLabels: NotifierTable.keyValues(entry["route_labels"]), externalURL: "http://example.com/")
        let wanted = try need(entry["data"])
        try check(data.receiver, is: wanted["Receiver"]?.text ?? "")
        try check(data.status, is: wanted["Status"]?.text)
        try check(data.reason, is: wanted["NotificationReason"]?.text)
        for (found, name) in [
            (data.groupLabels, "GroupLabels"), (data.commonLabels, "CommonLabels"),
            (data.commonAnnotations, "CommonAnnotations"), (data.routeLabels, "RouteLabels"),
        ] { try check(found, is: NotifierTable.keyValues(wanted[name]), name) }
        let shown = try need(wanted["Alerts"]?.array)
        try check(data.alerts.map(\.status), is: shown.map { $0["Status"]?.text ?? "" })
        try check(data.alerts.map(\.fingerprint), is: shown.map { $0["Fingerprint"]?.text ?? "" })
    }

    private static func alert(_ alert: TableValue) -> ReceivedAlert {
        ReceivedAlert(
            labels: NotifierTable.labels(alert["labels"]), annotations: NotifierTable.keyValues(alert["annotations"]),
            startsAt: TimeText.parse(alert["startsAt"]?.text ?? "") ?? .zero,
            endsAt: TimeText.parse(alert["endsAt"]?.text ?? ""), updatedAt: .zero)
    }

    private static func checkValue(_ entry: TableValue) throws {
        let suffix = entry["suffix"]?.text ?? ""
        let result = try StructuredPayload.expand(
            try TemplateValues.json(entry["value"]), readYAML: YAMLText.value
        ) { text throws(PayloadError) in text + suffix }
        try check(result, is: try TemplateValues.json(entry["result"]))
    }
}

import CLibrary
import Foundation
import GoTemplate
import KTSDBModel
package import KTSDBNotify
import KTSDBTesting
internal import PrometheusWire

/// Values of tables as templates see them.
package enum TemplateValues {
    /// The system's time zone database.
    package static func zone(_ name: String) -> [UInt8]? { try? readFile("/usr/share/zoneinfo/" + name) }

    @Sendable private static func location(_ name: String) -> Location? { try? Location.load(name, read: zone) }

    package static func templates(_ files: [(name: String, text: String)] = []) throws -> NotificationTemplates {
        try NotificationTemplates(files: files, location: location)
    }

    private static func field(_ json: TableValue, _ name: String) -> TableValue? {
        json[name] ?? json[name.prefix(1).lowercased() + name.dropFirst()]
    }

    private static func keyValues(_ json: TableValue?) -> GoValue {
        guard json?.textMembers != nil else { return .null(.named(TemplateTypes.keyValues)) }
        return NotifierTable.keyValues(json).goValue
    }

    private static func text(_ json: TableValue?) -> String { json?.text ?? "" }

    private static func time(_ json: TableValue?) -> GoTime { (TimeText.parse(text(json)) ?? .zero).goTime }

    private static func alert(_ json: TableValue) -> GoValue {
        TemplateData.Alert.goValue(
            status: text(field(json, "Status")), labels: keyValues(field(json, "Labels")),
            annotations: keyValues(field(json, "Annotations")), startsAt: time(field(json, "StartsAt")),
            endsAt: time(field(json, "EndsAt")), generatorURL: text(field(json, "GeneratorURL")),
            fingerprint: text(field(json, "Fingerprint")))
    }

    /// The data of a notification, in the names of Go or of JSON.
    static func data(_ json: TableValue) -> GoValue {
        let alerts = (field(json, "Alerts")?.list ?? []).map(alert)
        return .object(
            TemplateRecord(
                "template.Data", isPointer: true,
                ["Receiver", "Status"].map { ($0, $0.lowercased(), .text(text(field(json, $0)))) }
                    + [("Alerts", "alerts", TemplateData.list(alerts))]
                    + ["GroupLabels", "CommonLabels", "CommonAnnotations"].map { ($0, $0, keyValues(field(json, $0))) }
                    + [("ExternalURL", "externalURL", .text(text(field(json, "ExternalURL"))))]))
    }

    static func value(_ json: TableValue?, type: String?) -> GoValue {
        switch type {
        case "Data": data(json ?? .empty)
        case "[]string": .list(GoList((json?.texts ?? []).map { .text($0) }, of: .string))
        case "[]float64": .list(GoList((json?.list ?? []).map { .float($0.number ?? 0) }, of: .float64))
        case "[]int": .list(GoList((json?.integers ?? []).map { .int($0) }, of: .int))
        case "time": .object(time(json?["time"]))
        default: .null(.any)
        }
    }

    /// A value of JSON as ours.
    static func json(_ value: TableValue?) throws -> JSONTree {
        let text = value?.description ?? "null"
        return try need(try JSONTreeParser.parse(Array("{\"v\":\(text)}".utf8))["v"])
    }
}

import CLibrary
import Foundation
import GoTemplate
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// Values of tables as templates see them.
enum TemplateValues {
    /// The system's time zone database.
    @Sendable static func location(_ name: String) -> Location? {
        try? Location.load(name) { try? readFile("/usr/share/zoneinfo/" + $0) }
    }

    static func templates(_ files: [(name: String, text: String)] = []) throws -> NotificationTemplates {
        try NotificationTemplates(files: files, location: location)
    }

    private static func field(_ json: AlertingTable.Case, _ name: String) -> Any? {
        json[name] ?? json[name.prefix(1).lowercased() + name.dropFirst()]
    }

    private static func keyValues(_ json: Any?) -> GoValue {
        guard let json = json as? [String: String] else { return .null(.named(TemplateTypes.keyValues)) }
        return KeyValues(json.map { ($0.key, $0.value) }).goValue
    }

    private static func text(_ json: Any?) -> String { json as? String ?? "" }

    private static func time(_ json: Any?) -> GoTime { (TimeText.parse(text(json)) ?? .zero).goTime }

    private static func alert(_ json: AlertingTable.Case) -> GoValue {
        TemplateData.Alert.goValue(
            status: text(field(json, "Status")), labels: keyValues(field(json, "Labels")),
            annotations: keyValues(field(json, "Annotations")), startsAt: time(field(json, "StartsAt")),
            endsAt: time(field(json, "EndsAt")), generatorURL: text(field(json, "GeneratorURL")),
            fingerprint: text(field(json, "Fingerprint")))
    }

    /// The data of a notification, in the names of Go or of JSON.
    static func data(_ json: AlertingTable.Case) -> GoValue {
        let alerts = (field(json, "Alerts") as? [AlertingTable.Case] ?? []).map(alert)
        return .object(
            TemplateRecord(
                "template.Data", isPointer: true,
                ["Receiver", "Status"].map { ($0, $0.lowercased(), .text(text(field(json, $0)))) }
                    + [("Alerts", "alerts", TemplateData.list(alerts))]
                    + ["GroupLabels", "CommonLabels", "CommonAnnotations"].map { ($0, $0, keyValues(field(json, $0))) }
                    + [("ExternalURL", "externalURL", .text(text(field(json, "ExternalURL"))))]))
    }

    static func value(_ json: Any?, type: String?) -> GoValue {
        switch type {
        case "Data": data(json as? AlertingTable.Case ?? [:])
        case "[]string": .list(GoList((json as? [String] ?? []).map { .text($0) }, of: .string))
        case "[]float64": .list(GoList((json as? [NSNumber] ?? []).map { .float($0.doubleValue) }, of: .float64))
        case "[]int": .list(GoList((json as? [Int] ?? []).map { .int($0) }, of: .int))
        case "time": .object(time((json as? AlertingTable.Case)?["time"]))
        default: .null(.any)
        }
    }

    /// A value of JSON as ours.
    static func json(_ value: Any?) throws -> JSONTree {
        let data = try JSONSerialization.data(
            withJSONObject: ["v": value ?? NSNull()], options: [.sortedKeys, .withoutEscapingSlashes])
        return try #require(try JSONTreeParser.parse(Array(data))["v"])
    }
}

import Foundation
import GoTemplate
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

@testable import KTSDBNotify

@Suite struct TemplateTableTests {
    private typealias Case = AlertingTable.Case

    @Test func `templates of notifications expand as in Alertmanager`() throws {
        let templates = try TemplateValues.templates()
        for entry in try AlertingTable.cases("am_templates") {
            if let text = entry["text"] as? String {
                check(templates, text, entry)
            } else if entry["name"] as? String == "data" {
                try checkData(entry)
            } else {
                try checkValue(entry)
            }
        }
    }

    private func check(_ templates: NotificationTemplates, _ text: String, _ entry: Case) {
        let json = entry["data"] as? Case ?? [:]
        var data: TemplateData?
        if let labels = json["RouteLabels"] as? [String: String] {
            data = TemplateData(
                receiver: "", alerts: [], reason: .unknown, groupLabels: AlertingTable.labels(json["GroupLabels"]),
                routeLabels: KeyValues(labels.map { ($0.key, $0.value) }), externalURL: "")
        }
        let value = data?.goValue ?? TemplateValues.value(entry["data"], type: entry["data_type"] as? String)
        do {
            let output = try templates.expand(
                text, value, routeLabels: data, as: entry["html"] as? Bool == true ? .html : .text,
                at: AlertingTable.now)
            #expect(output == entry["output"] as? String, "\(entry)")
        } catch {
            #expect(entry["error"] as? Bool == true || entry["error"] as? String == error.description, "\(entry)")
        }
    }

    private func checkData(_ entry: Case) throws {
        let alerts = try #require(entry["alerts"] as? [Case]).map { alert in
            ReceivedAlert(
                labels: AlertingTable.labels(alert["labels"]),
                annotations: AlertingTable.keyValues(alert["annotations"]),
                startsAt: TimeText.parse(alert["startsAt"] as? String ?? "") ?? .zero,
                endsAt: TimeText.parse(alert["endsAt"] as? String ?? ""), updatedAt: .zero)
        }
        let data = TemplateData(
            receiver: try #require(entry["receiver"] as? String), alerts: alerts, reason: .firstNotification,
            groupLabels: AlertingTable.labels(entry["group_labels"]),
            routeLabels: AlertingTable.keyValues(entry["route_labels"]), externalURL: "http://example.com/")
        let wanted = try #require(entry["data"] as? Case)
        #expect(data.receiver == wanted["Receiver"] as? String ?? "")
        #expect(data.status == wanted["Status"] as? String && data.reason == wanted["NotificationReason"] as? String)
        for (found, name) in [
            (data.groupLabels, "GroupLabels"), (data.commonLabels, "CommonLabels"),
            (data.commonAnnotations, "CommonAnnotations"), (data.routeLabels, "RouteLabels"),
        ] { #expect(found == AlertingTable.keyValues(wanted[name]), "\(name) \(entry)") }
        let shown = try #require(wanted["Alerts"] as? [Case])
        #expect(data.alerts.map(\.status) == shown.map { $0["Status"] as? String ?? "" })
        #expect(data.alerts.map(\.fingerprint) == shown.map { $0["Fingerprint"] as? String ?? "" })
    }

    private func checkValue(_ entry: Case) throws {
        let suffix = entry["suffix"] as? String ?? ""
        let result = try StructuredPayload.expand(
            try TemplateValues.json(entry["value"]), readYAML: TinyYAML.read
        ) { text throws(PayloadError) in text + suffix }
        #expect(result == (try TemplateValues.json(entry["result"])), "\(entry)")
    }

    @Test func `recorded templates expand as they did`() throws {
        guard let bytes = ConformanceData.file("alerting/recorded_am_templates.json") else { return }
        let recording = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? Case)
        let templates = try TemplateValues.templates()
        let data = TemplateValues.data(try #require(recording["data"] as? Case))
        var compared = 0
        for entry in try #require(recording["texts"] as? [Case]) {
            let output = entry["output"] as? String ?? ""
            // Version 0.34 prints maps and pairs in another form.
            if output.contains("map[") || output.hasPrefix("[{") { continue }
            compared += 1
            do {
                let found = try templates.expand(
                    try #require(entry["template"] as? String), data,
                    as: entry["type"] as? String == "html" ? .html : .text,
                    at: AlertingTable.now)
                #expect(found == output, "\(entry)")
            } catch let error as NotificationTemplateError {
                #expect(error.description == entry["error"] as? String, "\(entry)")
            }
        }
        #expect(compared > 15)
        try checkDefaults(recording, templates)
    }

    private func checkDefaults(_ recording: Case, _ templates: NotificationTemplates) throws {
        let posted = try #require(recording["defaults_alerts"] as? [Case])
        for entry in try #require(recording["defaults"] as? [Case]) {
            let resolved =
                ["both firing": 0, "one resolved": 1, "both resolved": 2][entry["state"] as? String ?? ""] ?? 0
            let alerts = posted.enumerated().map { place, alert in
                ReceivedAlert(
                    labels: AlertingTable.labels(alert["labels"]),
                    annotations: AlertingTable.keyValues(alert["annotations"]), startsAt: AlertingTable.now,
                    endsAt: place >= posted.count - resolved ? AlertingTable.now : nil,
                    generatorURL: alert["generatorURL"] as? String ?? "", updatedAt: .zero)
            }
            let data = TemplateData(
                receiver: "kerp.slack (x)", alerts: alerts, reason: .firstNotification,
                groupLabels: ["alertname": "APIDown"],
                routeLabels: KeyValues(), externalURL: "http://alertmanager.example:9093")
            let parts = (entry["template"] as? String ?? "").split(separator: " ")
            let text =
                parts[0] == "receiver"
                ? "{{ .Receiver }}" : "{{ template \"\(parts[0])\" \(parts.count > 1 ? parts[1] : ".") }}"
            #expect(try templates.expand(text, data, at: AlertingTable.now) == entry["output"] as? String, "\(entry)")
        }
    }
}

/// Enough YAML for the cases of the table.
enum TinyYAML {
    @Sendable static func read(_ text: String) -> JSONTree? {
        if text.isEmpty { return .null }
        if let json = try? JSONTreeParser.parse(Array(text.utf8)) { return json }
        let lines = text.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
        if lines.count > 0, lines.allSatisfy({ $0.hasPrefix("- ") }) {
            return .array(lines.map { read(String($0.dropFirst(2))) ?? .string(String($0.dropFirst(2))) })
        }
        guard lines.count == 1, let colon = text.firstRange(of: ": ") else { return .string(text) }
        let value = String(text[colon.upperBound...])
        return .object([.init(String(text[..<colon.lowerBound]), read(value) ?? .string(value))])
    }
}

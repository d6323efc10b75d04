import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

@testable import KTSDBNotify

@Suite struct ReceiverTableTests {
    private typealias Case = AlertingTable.Case
    private let now = AlertingTable.now

    @Test func `receivers are told and their answers taken as in Alertmanager`() throws {
        for entry in try AlertingTable.cases("am_notify") {
            switch entry["what"] as? String {
            case "truncate": try checkTruncation(entry)
            case "retry": checkRetry(entry)
            case "reason":
                let name = (entry["reason"] as? String ?? "").replacing("Reason", with: "")
                let reason = ReceiverAnswer.Reason(status: entry["status"] as? Int ?? 0)
                #expect(name.lowercased() == (reason == .other ? "default" : reason.rawValue.lowercased()))
            case "retried statuses": checkRetriedStatuses(entry)
            case "slack answer": checkSlackAnswer(entry)
            case "pagerduty templating": try checkPagerDuty(entry)
            case "pagerduty answer": checkPagerDutyAnswer(entry)
            case "webhook url": try checkWebhookURL(entry)
            case "webhook max_alerts": try checkMaxAlerts(entry)
            default: break
            }
        }
    }

    private func checkTruncation(_ entry: Case) throws {
        let text = try #require(entry["text"] as? String), count = try #require(entry["n"] as? Int)
        let (output, isCut) =
            entry["unit"] as? String == "runes" ? Truncation.characters(text, count) : Truncation.bytes(text, count)
        #expect(output == entry["output"] as? String && isCut == entry["truncated"] as? Bool, "\(entry)")
    }

    private func checkRetry(_ entry: Case) {
        let answer = ReceiverAnswer(
            status: entry["status"] as? Int ?? 0, body: Array((entry["body"] as? String ?? "").utf8))
        let failure = answer.checkStatus(retrying: entry["retry_codes"] as? [Int] ?? [])
        #expect(failure?.text == entry["error"] as? String, "\(entry)")
        #expect(failure?.isRetryable ?? false == entry["retry"] as? Bool, "\(entry)")
    }

    private func integration(_ kind: IntegrationKind, _ values: [String: ConfigurationValue] = [:])
        -> IntegrationConfiguration
    {
        var fields = kind.schema.defaults
        for (name, value) in values { fields[name] = value }
        return IntegrationConfiguration(kind: kind, index: 0, values: fields)
    }

    private func checkRetriedStatuses(_ entry: Case) {
        let name = entry["receiver"] as? String ?? ""
        guard let kind = IntegrationKind(rawValue: String(name.prefix { $0 != "-" })),
            let statuses = entry["statuses"] as? [Int]
        else {
            Issue.record("\(entry)")
            return
        }
        let isFirst = name.hasSuffix("-v1")
        let integration = integration(kind, isFirst ? ["service_key": .text("k")] : [:])
        for status in Array(400...451) + [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511] {
            let failure = ReceiverAnswer(status: status).failure(integration)
            // Any answer of Telegram's that is no success is tried again.
            if kind == .telegram || kind == .jira || kind == .sns { continue }
            #expect(failure?.isRetryable == statuses.contains(status), "\(name) \(status)")
        }
    }

    private func checkSlackAnswer(_ entry: Case) {
        let answer = ReceiverAnswer(
            status: entry["status"] as? Int ?? 0, body: Array((entry["body"] as? String ?? "").utf8),
            contentType: entry["content_type"] as? String ?? "")
        let failure = answer.failure(integration(.slack), channel: "c")
        #expect((failure == nil) == entry["ok"] as? Bool, "\(entry)")
        guard let failure else { return }
        #expect(failure.isRetryable == entry["retry"] as? Bool, "\(entry)")
        #expect(failure.text.contains(entry["error"] as? String ?? ""), "\(entry) \(failure.text)")
        let reason = (entry["reason"] as? String ?? "").replacing("Reason", with: "").lowercased()
        #expect(reason == (failure.reason == .other ? "default" : failure.reason.rawValue.lowercased()), "\(entry)")
    }

    private func checkPagerDutyAnswer(_ entry: Case) {
        let answer = ReceiverAnswer(
            status: entry["status"] as? Int ?? 0, body: Array((entry["body"] as? String ?? "").utf8))
        let failure = answer.failure(integration(.pagerduty))
        #expect(failure?.text == entry["error"] as? String, "\(entry)")
    }

    private func notification(_ alerts: [ReceivedAlert], groupLabels: Labels = [:]) -> Notification {
        let firing = alerts.filter { $0.endsAt == nil }.map(\.logHash)
        return Notification(
            integration: IntegrationID(receiver: "test", kind: "x", index: 0), reason: .firstNotification,
            groupKey: "1", groupLabels: groupLabels, routeLabels: KeyValues(), alerts: alerts, tick: now, data: [:],
            firing: firing, resolved: [], repeatInterval: .seconds(3600))
    }

    private func build(
        _ notification: Notification, _ integration: IntegrationConfiguration
    ) throws -> OutgoingRequest {
        var context = PayloadContext(templates: try TemplateValues.templates(), externalURL: "http://am.example")
        context.readYAML = TinyYAML.read
        guard
            case .http(let requests) = try OutgoingMessage.build(notification, integration, context, at: now, random: 1)
        else { throw PayloadError("no request") }
        return requests[0]
    }

    private func alert(_ labels: Labels) -> ReceivedAlert {
        ReceivedAlert(labels: labels, startsAt: now, updatedAt: now)
    }

    /// Turns the field names of Go into those of files: `RoutingKey` into `routing_key`.
    private func fields(_ json: Case) throws -> [String: ConfigurationValue] {
        var result: [String: ConfigurationValue] = [:]
        for (name, value) in json {
            let key = name.reduce("") { $0 + ($1.isUppercase && !$0.isEmpty ? "_" : "") + $1.lowercased() }
            if let text = value as? String {
                result[key] = .text(text)
            } else if let list = value as? [Case] {
                result[key] = .list(try list.map { FieldValues(try fields($0)) })
            } else {
                result[key] = .tree(try TemplateValues.json(value))
            }
        }
        return result
    }

    private func checkPagerDuty(_ entry: Case) throws {
        let integration = integration(.pagerduty, try fields(try #require(entry["config"] as? Case)))
        do {
            let alert = ReceivedAlert(
                labels: ["lbl1": "val1"], startsAt: now, endsAt: nil, updatedAt: now)
            _ = try build(notification([alert]), integration)
            #expect(entry["ok"] as? Bool == true, "\(entry)")
        } catch let error as PayloadError {
            #expect(error.description.contains(entry["error"] as? String ?? "!"), "\(entry) \(error)")
        }
    }

    private func checkWebhookURL(_ entry: Case) throws {
        let url = try #require(entry["url"] as? String).replacing("{listener}", with: "l.example")
        let notification = notification(
            [alert(AlertingTable.labels(entry["alert_labels"]))],
            groupLabels: AlertingTable.labels(entry["group_labels"]))
        do {
            let request = try build(notification, integration(.webhook, ["url": .text(url)]))
            #expect(request.url == "http://l.example" + (entry["path"] as? String ?? ""), "\(entry)")
        } catch let error as PayloadError {
            #expect(error.description.contains(entry["error"] as? String ?? "!"), "\(entry) \(error)")
        }
    }

    private func checkMaxAlerts(_ entry: Case) throws {
        let alerts = (0..<(entry["alerts"] as? Int ?? 0)).map { alert(["n": "\($0)"]) }
        let limit = Int64(entry["max_alerts"] as? Int ?? 0)
        let request = try build(
            notification(alerts), integration(.webhook, ["url": .text("http://l"), "max_alerts": .integer(limit)]))
        let body = try JSONTreeParser.parse(request.body)
        guard case .array(let sent)? = body["alerts"] else {
            Issue.record("no alerts")
            return
        }
        #expect(sent.count == entry["sent"] as? Int)
        #expect(body["truncatedAlerts"] == .integer(entry["truncatedAlerts"] as? Int ?? -1))
    }

    @Test func `payloads that users write become what they say`() throws {
        for entry in try AlertingTable.cases("am_payloads") {
            let payload = try TemplateValues.json(entry["payload"])
            let result = Result { try expand(payload, entry) }
            if entry["error"] as? Bool == true {
                #expect(throws: (any Error).self, "\(entry)") { try result.get() }
            } else {
                #expect(try result.get() == TemplateValues.json(entry["result"]), "\(entry)")
            }
        }
    }

    private func expand(_ payload: JSONTree, _ entry: Case) throws -> JSONTree {
        let templates = try TemplateValues.templates()
        guard let alerts = entry["alerts"] as? [Case] else {
            let data = TemplateValues.data(entry["data"] as? Case ?? [:])
            return try StructuredPayload.expand(payload, readYAML: TinyYAML.read) { text throws(PayloadError) in
                do throws(NotificationTemplateError) { return try templates.expand(text, data, at: now) } catch {
                    throw PayloadError(error.description)
                }
            }
        }
        let list = alerts.map { alert in
            ReceivedAlert(
                labels: AlertingTable.labels(alert["Labels"]),
                annotations: AlertingTable.keyValues(alert["Annotations"]),
                startsAt: now, endsAt: now, updatedAt: now)
        }
        let request = try build(
            notification(list), integration(.webhook, ["url": .text("http://l"), "payload": .tree(payload)]))
        return try JSONTreeParser.parse(request.body)
    }
}

internal import PrometheusWire

/// PagerDuty: an event that opens an incident (`trigger`) or closes it (`resolve`), named by the hash of the group.
///
/// With `routing_key`, it is an event of version 2; with `service_key`, one of version 1. Events over 512,000 bytes
/// lose their details. Events refused because of too many requests (429 in version 2, 403 in version 1) are sent again.
enum PagerDutyReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "pagerduty.plain",
        common(sendsResolved: true) + Field.of(.secret, "service_key", "routing_key")
            + Field.texts("service_key_file", "routing_key_file", "source", "severity", "class", "component", "group")
            + Field.of(.url, "url") + Field.of(.treeMap, "details") + Field.of(.goDuration, "timeout")
            + [.text("description", "{{ template \"pagerduty.default.description\" .}}")]
            + templates("pagerduty", [("client", "client"), ("client_url", "clientURL")])
            + Field.of(
                .list(ConfigurationSchema("pagerduty.PagerdutyImage", Field.texts("src", "alt", "href"))), "images")
            + Field.of(
                .list(ConfigurationSchema("pagerduty.PagerdutyLink", Field.texts("href", "text"))), "links")
    ) { values throws(NotifierConfigurationError) in
        let keys = ["routing_key", "service_key", "routing_key_file", "service_key_file"]
        try refuse(
            !keys.contains { values.has($0) }, "missing service or routing key in PagerDuty config")
        try values.refuseBoth("routing_key", "routing_key_file")
        try values.refuseBoth("service_key", "service_key_file")
        if !values.has("source") { values["source"] = .text(values.text("client")) }
        values["details"] = .tree(pagerdutyDetails(values.tree("details")))
    }

    /// Returns the details of an incident, with the defaults of those that are not set.
    private static func pagerdutyDetails(_ given: JSONTree?) -> JSONTree {
        var members: [JSONTree.Member] = []
        if case .object(let own)? = given { members = own }
        for (name, text) in [
            ("firing", "{{ .Alerts.Firing | toJson }}"), ("resolved", "{{ .Alerts.Resolved | toJson }}"),
            ("num_firing", "{{ .Alerts.Firing | len }}"), ("num_resolved", "{{ .Alerts.Resolved | len }}"),
        ] where !members.contains(where: { $0.name == name }) {
            members.append(JSONTree.Member(name, .string(text)))
        }
        return .object(members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeURL("url", global, "pagerduty_url", "no global PagerDuty URL set")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.pagerduty()])
    }

    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        let isFirst = values.has("service_key") || values.has("service_key_file")
        return answer.checkStatus(retrying: [isFirst ? 403 : 429], details: answer.pagerdutyDetails)
    }
}

extension PayloadBuilder {
    private static let pagerdutyByteLimit = 512_000
    private static let pagerdutyTextLimit = 1024
    private static let firstVersionURL = "https://events.pagerduty.com/generic/2010-04-15/create_event.json"

    fileprivate func pagerduty() throws(PayloadError) -> OutgoingRequest {
        let details: JSONTree
        do throws(PayloadError) { details = try structured(values.tree("details") ?? .object([])) } catch {
            throw PayloadError("failed to render details: \(error)")
        }
        let isFirst = values.has("service_key") || values.has("service_key_file")
        let message = isFirst ? try pagerdutyFirst() : try pagerdutySecond()
        let url = isFirst ? Self.firstVersionURL : values.text("url")
        let whole = OutgoingRequest(url: url, json: message(details), timeout: values.duration("timeout"))
        guard whole.body.count > Self.pagerdutyByteLimit else { return whole }
        let error =
            "Custom details have been removed because the original event exceeds the maximum size of 512KB"
        let short = JSONTree.members([("error", .string(error))])
        return OutgoingRequest(url: url, json: message(short), timeout: values.duration("timeout"))
    }

    private var event: String { isResolved ? "resolve" : "trigger" }

    private func pagerdutyFirst() throws(PayloadError) -> (JSONTree) -> JSONTree {
        let key: String, client: JSONTree?, clientURL: JSONTree?, description: String
        do throws(PayloadError) {
            description = Truncation.characters(try text("description"), Self.pagerdutyTextLimit).text
            key = try required(try secret("service_key"))
            client = isResolved ? nil : Self.nonEmpty(try required(values.text("client"), or: ""))
            clientURL = isResolved ? nil : Self.nonEmpty(try required(values.text("client_url"), or: ""))
        } catch {
            throw PayloadError("failed to template PagerDuty v1 message: \(error)")
        }
        if key.isEmpty { throw PayloadError("service key cannot be empty") }
        return { details in
            .members([
                ("service_key", .string(key)), ("incident_key", .string(groupHash)), ("event_type", .string(event)),
                ("description", Self.nonEmpty(description)), ("event_action", .string("")), ("payload", .null),
                ("client", client), ("client_url", clientURL), ("details", details),
            ])
        }
    }

    private func pagerdutySecond() throws(PayloadError) -> (JSONTree) -> JSONTree {
        let key: String, top: [(String, JSONTree?)], payload: (JSONTree) -> JSONTree
        do throws(PayloadError) {
            payload = try pagerdutyPayload()
            key = try required(try secret("routing_key"))
            top = [
                ("client", Self.nonEmpty(try required(values.text("client"), or: ""))),
                ("client_url", Self.nonEmpty(try required(values.text("client_url"), or: ""))),
                ("images", try pagerdutyList("images", ["src", "alt", "href"])),
                ("links", try pagerdutyList("links", ["href", "text"])),
            ]
        } catch {
            throw PayloadError("failed to template PagerDuty v2 message: \(error)")
        }
        if key.isEmpty { throw PayloadError("routing key cannot be empty") }
        return { details in
            .members(
                [
                    ("routing_key", .string(key)), ("dedup_key", .string(groupHash)), ("event_action", .string(event)),
                    ("payload", payload(details)),
                ] + top)
        }
    }

    private func pagerdutyPayload() throws(PayloadError) -> (JSONTree) -> JSONTree {
        let summary = Truncation.characters(try text("description"), Self.pagerdutyTextLimit).text
        let source = try text("source")
        let severity = try required(values.has("severity") ? values.text("severity") : "error", or: "error")
        let rest = try expandedMembers(values, ["class", "component", "group"])
        return { details in
            .members(
                [("summary", .string(summary)), ("source", .string(source)), ("severity", .string(severity))] + rest
                    + [("custom_details", details)])
        }
    }

    /// Returns a list of images or links; those without an address are left out.
    private func pagerdutyList(_ field: String, _ names: [String]) throws(PayloadError) -> JSONTree? {
        var result: [JSONTree] = []
        for entry in values.list(field) {
            var members: [(String, JSONTree?)] = []
            for name in names { members.append((name, .string(try expand(entry.text(name), of: name)))) }
            if members[0].1?.text?.isEmpty == false { result.append(.members(members)) }
        }
        return result.isEmpty ? nil : .array(result)
    }
}

extension ReceiverAnswer {
    fileprivate var pagerdutyDetails: String {
        guard status == 400, let json else { return "" }
        return (json["message"]?.text ?? "") + ": " + strings(json["errors"]).joined(separator: ",")
    }
}

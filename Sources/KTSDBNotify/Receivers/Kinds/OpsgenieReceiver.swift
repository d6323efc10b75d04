internal import KTSDBModel
internal import PrometheusWire

/// Opsgenie: creates an alert, whose alias is the hash of the group, and closes it when the group is resolved.
///
/// With `update_alerts`, the new message and description of an existing alert are sent, too. After 429 and 5xx, the
/// notification is sent again.
enum OpsgenieReceiver: IntegrationDefinition {
    private static let opsgenieResponder = ConfigurationSchema(
        "opsgenie.OpsGenieConfigResponder", Field.texts("id", "name", "username", "type"))

    static let schema = ConfigurationSchema(
        "opsgenie.plain",
        common(sendsResolved: true) + Field.of(.secret, "api_key")
            + Field.texts("api_key_file", "entity", "actions", "tags", "note", "priority") + Field.of(.url, "api_url")
            + Field.of(.textMap, "details") + Field.of(.list(opsgenieResponder), "responders")
            + templates(
                "opsgenie", [("message", "message"), ("description", "description"), ("source", "source")])
            + [.flag("update_alerts")]
    ) { values throws(NotifierConfigurationError) in
        try values.refuseBoth("api_key", "api_key_file")
        for responder in values.list("responders") { try validateResponder(responder) }
    }

    private static func validateResponder(_ values: FieldValues) throws(NotifierConfigurationError) {
        let shown = "{" + ["id", "name", "username", "type"].map { values.text($0) }.joined(separator: " ") + "}"
        try refuse(
            !values.has("id") && !values.has("username") && !values.has("name"),
            "opsGenieConfig responder \(shown) has to have at least one of id, username or name specified")
        do throws(NotificationTemplateError) {
            if try TemplateSyntax.isTemplate(values.text("type")) { return }
        } catch {
            throw NotifierConfigurationError(
                "opsGenieConfig responder \(shown) type contains invalid template syntax: \(error)")
        }
        let type = values.text("type").lowercased()
        try refuse(
            !["team", "teams", "user", "escalation", "schedule"].contains(type),
            "opsGenieConfig responder "
                + shown.replacing(values.text("type") + "}", with: type + "}", maxReplacements: 1)
                + " type does not match valid options ^(team|teams|user|escalation|schedule)$")
    }

    static let allowsEmptyEntry = true

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeURL(
            "api_url", global, "opsgenie_api_url", "no global OpsGenie URL set", endsInSlash: true)
        try values.completeSecret(
            "api_key", global, "opsgenie_api_key", "no global OpsGenie API Key set either inline or in a file",
            separately: true)
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http(try builder.opsgenie())
    }

    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        answer.checkStatus(retrying: [429])
    }
}

extension PayloadBuilder {
    private static let opsgenieMessageLimit = 130

    fileprivate func opsgenie() throws(PayloadError) -> [OutgoingRequest] {
        let key: String
        var requests: [OutgoingRequest]
        do throws(PayloadError) {
            requests = isResolved ? [try opsgenieClose()] : try opsgenieCreate()
            key = try required(try secret("api_key"))
        } catch {
            throw PayloadError("templating error: \(error)")
        }
        for index in requests.indices { requests[index].headers["Authorization"] = "GenieKey " + key }
        return requests
    }

    private func opsgenieURL(_ path: String, byAlias: Bool = false) -> String {
        values.text("api_url") + "v2/alerts" + path + (byAlias ? "?identifierType=alias" : "")
    }

    private func opsgenieClose() throws(PayloadError) -> OutgoingRequest {
        OutgoingRequest(
            url: opsgenieURL("/\(groupHash)/close", byAlias: true),
            json: .members([("source", .string(try text("source")))]))
    }

    private func opsgenieCreate() throws(PayloadError) -> [OutgoingRequest] {
        let message = Truncation.characters(try text("message"), Self.opsgenieMessageLimit).text
        let description = try text("description")
        let create = JSONTree.members([
            ("alias", .string(groupHash)), ("message", .string(message)), ("description", Self.nonEmpty(description)),
            ("details", .map(try opsgenieDetails())), ("source", .string(try text("source"))),
            ("responders", try opsgenieResponders()), ("tags", Self.parts(try text("tags"))),
            ("note", try member("note")), ("priority", try member("priority")), ("entity", try member("entity")),
            ("actions", Self.parts(try text("actions"))),
        ])
        let request = OutgoingRequest(url: opsgenieURL(""), json: create)
        guard values.flag("update_alerts") else { return [request] }
        var updates = [("message", message), ("description", description)].map { name, text in
            OutgoingRequest(
                url: opsgenieURL("/\(groupHash)/\(name)", byAlias: true),
                json: .members([(name, Self.nonEmpty(text))]))
        }
        for index in updates.indices { updates[index].method = "PUT" }
        return [request] + updates
    }

    private func opsgenieDetails() throws(PayloadError) -> KeyValues {
        var details = data.commonLabels.pairs.map { ($0.name, $0.value) }
        for pair in values.pairs("details").pairs { details.append((pair.name, try expand(pair.value))) }
        return KeyValues(details)
    }

    private func opsgenieResponders() throws(PayloadError) -> JSONTree? {
        var result: [JSONTree] = []
        for responder in values.list("responders") {
            let members = try expandedMembers(responder, ["id", "name", "username", "type"])
            guard members.contains(where: { $0.1 != nil }) else { continue }
            if members[3].1?.text == "teams" {
                for team in Self.split(members[1].1?.text ?? "") {
                    result.append(.members([("name", .string(team)), ("type", .string("team"))]))
                }
            } else {
                result.append(.members(members.dropLast() + [("type", members[3].1 ?? .string(""))]))
            }
        }
        return result.isEmpty ? nil : .array(result)
    }

    /// Returns the non-empty parts between commas.
    private static func split(_ text: String) -> [String] {
        text.trimmingPrefix(while: \.isWhitespace).split(separator: ",").map { String($0) }
    }

    private static func parts(_ text: String) -> JSONTree? {
        let parts = split(text)
        return parts.isEmpty ? nil : .array(parts.map { .string($0) })
    }
}

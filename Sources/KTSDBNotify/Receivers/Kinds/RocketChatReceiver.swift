internal import PrometheusWire

/// Rocket.Chat: a message with one attachment, through its REST API, with the token of a user.
///
/// A status other than 2xx is an error, and so is an answer whose `success` is not true.
enum RocketChatReceiver: IntegrationDefinition {
    private static let rocketchatField = ConfigurationSchema(
        "rocketchat.RocketchatAttachmentField", Field.texts("title", "value") + Field.of(.flag, "short"))

    private static let rocketchatAction = ConfigurationSchema(
        "rocketchat.RocketchatAttachmentAction",
        Field.texts("type", "text", "url", "imageurl", "webviewheightratio", "msg", "msgprocessingtype")
            + [.flag("iswebview"), .flag("msginchatwindow")])

    static let schema = ConfigurationSchema(
        "rocketchat.plain",
        common(sendsResolved: false) + Field.of(.url, "api_url") + Field.of(.secret, "token_id", "token")
            + Field.texts("token_id_file", "token_file", "channel", "image_url", "thumb_url")
            + [.text("color", "{{ if eq .Status \"firing\" }}red{{ else }}green{{ end }}")]
            + templates(
                "rocketchat",
                [
                    ("emoji", "emoji"), ("icon_url", "iconurl"), ("text", "text"), ("title", "title"),
                    ("title_link", "titlelink"),
                ]) + Field.of(.list(rocketchatField), "fields") + Field.of(.list(rocketchatAction), "actions")
            + [.flag("short_fields"), .flag("link_names")]
    ) { values throws(NotifierConfigurationError) in
        try values.refuseBoth("token", "token_file")
        try values.refuseBoth("token_id", "token_id_file")
    }

    static let allowsEmptyEntry = true
    static let namesChannel = true

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        values.inherit("api_url", from: global, "rocketchat_api_url")
        try values.completeSecret(
            "token_id", global, "rocketchat_token_id",
            "no global Rocketchat TokenID set either inline or in a file", separately: true)
        try values.completeSecret(
            "token", global, "rocketchat_token", "no global Rocketchat Token set either inline or in a file",
            separately: true)
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.rocketchat()])
    }

    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        answer.checkStatus() ?? answer.rocketchatFailure
    }
}

extension PayloadBuilder {
    fileprivate func rocketchat() throws(PayloadError) -> OutgoingRequest {
        let title = Truncation.characters(try text("title"), 1024).text
        let attachment = JSONTree.members([
            ("title", Self.nonEmpty(title)), ("title_link", try member("title_link")), ("text", try member("text")),
            ("image_url", try member("image_url")), ("thumb_url", try member("thumb_url")),
            ("color", try member("color")), ("fields", try rocketchatFields()), ("actions", try rocketchatActions()),
        ])
        let message = JSONTree.members([
            ("channel", try member("channel")), ("emoji", try member("emoji")), ("avatar", try member("icon_url")),
            ("attachments", .array([attachment])),
        ])
        let base = values.text("api_url")
        var request = OutgoingRequest(
            url: base + (base.hasSuffix("/") ? "" : "/") + "api/v1/chat.postMessage", json: message)
        request.headers["X-Auth-Token"] = try secret("token")
        request.headers["X-User-Id"] = try secret("token_id")
        return request
    }

    private func rocketchatFields() throws(PayloadError) -> JSONTree? {
        var fields: [JSONTree] = []
        for field in values.list("fields") {
            let isShort = field["short"] == nil ? values.flag("short_fields") : field.flag("short")
            fields.append(.members([("short", .bool(isShort))] + (try expandedMembers(field, ["title", "value"]))))
        }
        return fields.isEmpty ? nil : .array(fields)
    }

    private func rocketchatActions() throws(PayloadError) -> JSONTree? {
        var actions: [JSONTree] = []
        for action in values.list("actions") {
            let texts = try expandedMembers(action, ["text", "url"]), message = try expandedMembers(action, ["msg"])
            actions.append(
                .members(
                    [("type", .string("button"))] + texts + [("is_webview", .bool(false))] + message
                        + [("msg_in_chat_window", .bool(false))]))
        }
        return actions.isEmpty ? nil : .array(actions)
    }
}

extension ReceiverAnswer {
    fileprivate var rocketchatFailure: Failure? {
        guard let json else { return unreadable() }
        if json["success"] == .bool(true) { return nil }
        return Failure(
            text: "error response from Rocketchat: \(json["error"]?.text ?? "")", reason: .clientError,
            isRetryable: false)
    }
}

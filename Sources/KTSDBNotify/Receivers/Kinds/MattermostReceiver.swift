internal import PrometheusWire

/// Mattermost: a message to a webhook, with the configured attachments, or with one made from the entry's own fields.
enum MattermostReceiver: IntegrationDefinition {
    private static let mattermostField = ConfigurationSchema(
        "mattermost.plain", Field.texts("title", "value") + Field.of(.flag, "short")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("title"), "missing title in Mattermost field configuration")
        try refuse(!values.has("value"), "missing value in Mattermost field configuration")
    }

    private static let mattermostAttachment = ConfigurationSchema(
        "mattermost.MattermostAttachment",
        Field.texts(
            "fallback", "color", "pretext", "text", "author_name", "author_link", "author_icon", "title", "title_link",
            "thumb_url", "footer", "footer_icon", "image_url") + Field.of(.list(mattermostField), "fields"))

    private static let mattermostPriority = ConfigurationSchema(
        "mattermost.MattermostPriority",
        Field.texts("priority") + [.flag("requested_ack"), .flag("persistent_notifications")])

    static let schema = ConfigurationSchema(
        "mattermost.plain",
        common(sendsResolved: true) + Field.of(.secretURL, "webhook_url")
            + Field.texts(
                "webhook_url_file", "channel", "pretext", "author_name", "author_link", "author_icon", "thumb_url",
                "footer", "footer_icon", "image_url", "icon_url", "icon_emoji", "type")
            + templates(
                "mattermost",
                [
                    ("username", "username"), ("color", "color"), ("text", "text"), ("title", "title"),
                    ("title_link", "titlelink"), ("fallback", "fallback"),
                ]) + Field.of(.list(mattermostField), "fields")
            + Field.of(.list(mattermostAttachment), "attachments")
            + Field.of(
                .fields(ConfigurationSchema("mattermost.MattermostProps", Field.texts("card"))), "props")
            + Field.of(.fields(mattermostPriority), "priority")
    ) { values throws(NotifierConfigurationError) in try values.refuseBoth("webhook_url", "webhook_url_file") }

    static let namesChannel = true

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeSecret(
            "webhook_url", global, "mattermost_webhook_url",
            "missing webhook_url or webhook_url_file on mattermost_config")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.mattermost()])
    }
}

extension PayloadBuilder {
    private static let mattermostTextLimit = 16_383
    private static let mattermostNames = [
        "fallback", "color", "pretext", "text", "author_name", "author_link", "author_icon", "title", "title_link",
    ]

    fileprivate func mattermost() throws(PayloadError) -> OutgoingRequest {
        let url = try secret("webhook_url")
        if url.isEmpty { throw PayloadError("webhook url missing") }
        var attachments: [JSONTree] = []
        for attachment in values.list("attachments") { attachments.append(try mattermostAttachment(attachment)) }
        let text = attachments.isEmpty ? "" : Truncation.characters(try text("text"), Self.mattermostTextLimit).text
        if attachments.isEmpty { attachments = [try mattermostAttachment(values)] }
        let message = JSONTree.members([
            ("text", Self.nonEmpty(text)), ("channel", try member("channel")), ("username", try member("username")),
            ("icon_url", try member("icon_url")), ("icon_emoji", try member("icon_emoji")),
            ("attachments", .array(attachments)), ("type", try member("type")), ("props", try mattermostProperties()),
            ("priority", try mattermostPriority()),
        ])
        return OutgoingRequest(url: url, json: message)
    }

    private func mattermostAttachment(_ fields: FieldValues) throws(PayloadError) -> JSONTree {
        var lines: [JSONTree] = []
        for field in fields.list("fields") {
            let texts = try expandedMembers(field, ["title", "value"])
            lines.append(.members(texts + [("short", field["short"] == nil ? nil : .bool(field.flag("short")))]))
        }
        return .members(
            try expandedMembers(fields, Self.mattermostNames)
                + [("fields", lines.isEmpty ? nil : .array(lines))]
                + expandedMembers(fields, ["thumb_url", "footer", "footer_icon", "image_url"]))
    }

    private func mattermostProperties() throws(PayloadError) -> JSONTree? {
        guard let properties = values.fields("props"), properties.has("card") else { return nil }
        return .members(try expandedMembers(properties, ["card"]))
    }

    /// Returns the message's priority. Only urgent messages may persist, and standard ones cannot ask for an
    /// acknowledgement.
    private func mattermostPriority() throws(PayloadError) -> JSONTree? {
        guard let priority = values.fields("priority"), priority.has("priority") else { return nil }
        var level = try expand(priority.text("priority")).lowercased()
        if !["urgent", "important", "standard"].contains(level) { level = "standard" }
        let wantsAnswer = priority.flag("requested_ack") && level != "standard"
        let persists = priority.flag("persistent_notifications") && level == "urgent"
        return .members([
            ("priority", .string(level)), ("requested_ack", wantsAnswer ? .bool(true) : nil),
            ("persistent_notifications", persists ? .bool(true) : nil),
        ])
    }
}

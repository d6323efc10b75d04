internal import PrometheusWire

extension PayloadBuilder {
    private static let mattermostTextLimit = 16_383
    private static let mattermostNames = [
        "fallback", "color", "pretext", "text", "author_name", "author_link", "author_icon", "title", "title_link",
    ]

    func mattermost() throws(PayloadError) -> OutgoingRequest {
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

    /// Urgent messages may persist, and only those that are not standard can ask for an acknowledgement.
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

    func rocketchat() throws(PayloadError) -> OutgoingRequest {
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

internal import PrometheusWire

extension PayloadBuilder {
    private static let slackTitleLimit = 1024

    func slack() throws(PayloadError) -> OutgoingRequest {
        let attachment = try slackAttachment()
        var url = values.has("api_url") ? values.text("api_url") : try secret("api_url")
        var channel = try text("channel"), timestamp: String?
        if values.flag("update_message"), case .text(let thread)? = notification.data["threadTs"],
            case .text(let id)? = notification.data["channelId"], !thread.isEmpty, !id.isEmpty
        {
            url = "https://slack.com/api/chat.update"
            (timestamp, channel) = (thread, id)
        }
        let message = JSONTree.members([
            ("channel", Self.nonEmpty(channel)), ("ts", timestamp.map { .string($0) }),
            ("username", try member("username")), ("icon_emoji", try member("icon_emoji")),
            ("icon_url", try member("icon_url")), ("link_names", values.flag("link_names") ? .bool(true) : nil),
            ("text", try member("message_text")), ("attachments", .array([attachment])),
        ])
        return OutgoingRequest(url: url, json: message, timeout: values.duration("timeout"))
    }

    private func slackAttachment() throws(PayloadError) -> JSONTree {
        let title = Truncation.characters(try text("title"), Self.slackTitleLimit).text
        let markdownIn = values.texts("mrkdwn_in")
        return .members([
            ("title", Self.nonEmpty(title)), ("title_link", try member("title_link")),
            ("pretext", try member("pretext")), ("text", .string(try text("text"))),
            ("fallback", .string(try text("fallback"))), ("callback_id", .string(try text("callback_id"))),
            ("fields", try slackFields()), ("actions", try slackActions()), ("image_url", try member("image_url")),
            ("thumb_url", try member("thumb_url")), ("footer", .string(try text("footer"))),
            ("color", try member("color")),
            (
                "mrkdwn_in",
                .array((markdownIn.isEmpty ? ["fallback", "pretext", "text"] : markdownIn).map { .string($0) })
            ),
        ])
    }

    private func slackFields() throws(PayloadError) -> JSONTree? {
        var fields: [JSONTree] = []
        for field in values.list("fields") {
            let isShort = field["short"] == nil ? values.flag("short_fields") : field.flag("short")
            fields.append(
                .members([
                    ("title", Self.nonEmpty(try expand(field.text("title")))),
                    ("value", Self.nonEmpty(try expand(field.text("value")))), ("short", .bool(isShort)),
                ]))
        }
        return fields.isEmpty ? nil : .array(fields)
    }

    private func slackActions() throws(PayloadError) -> JSONTree? {
        var actions: [JSONTree] = []
        for action in values.list("actions") {
            var members = try expandedMembers(action, ["type", "text", "url", "style", "name", "value"])
            if let confirmation = action.fields("confirm") {
                let inner = try expandedMembers(confirmation, ["text", "title", "ok_text", "dismiss_text"])
                members.append(("confirm", .members(inner)))
            }
            actions.append(.members(members))
        }
        return actions.isEmpty ? nil : .array(actions)
    }

    /// The expanded texts of fields; empty ones are left out.
    func expandedMembers(
        _ fields: FieldValues, _ names: [String]
    ) throws(PayloadError) -> [(String, JSONTree?)] {
        var members: [(String, JSONTree?)] = []
        for name in names { members.append((name, Self.nonEmpty(try expand(fields.text(name), of: name)))) }
        return members
    }
}

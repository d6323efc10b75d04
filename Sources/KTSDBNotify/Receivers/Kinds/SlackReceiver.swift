internal import KTSDBModel
internal import PrometheusWire

/// Slack: a message with one attachment, to a webhook (`api_url`) or with a token (`app_token`) to Slack's API.
///
/// With `update_message`, later notifications of the group change the message. Slack also answers errors with 200: the
/// message only arrived if the answer is `ok`, or JSON in which `ok` is true.
enum SlackReceiver: IntegrationDefinition {
    private static let field = ConfigurationSchema(
        "config.plain", Field.texts("title", "value") + Field.of(.flag, "short")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("title"), "missing title in Slack field configuration")
        try refuse(!values.has("value"), "missing value in Slack field configuration")
    }

    private static let confirmation = ConfigurationSchema(
        "config.plain", Field.texts("text", "title", "ok_text", "dismiss_text")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("text"), "missing text in Slack confirmation configuration")
    }

    private static let action = ConfigurationSchema(
        "config.plain",
        Field.texts("type", "text", "url", "style", "name", "value") + Field.of(.fields(confirmation), "confirm")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("type"), "missing type in Slack action configuration")
        try refuse(!values.has("text"), "missing text in Slack action configuration")
        if values.has("url") {
            for name in ["name", "value", "confirm"] { values[name] = nil }
        } else {
            try refuse(!values.has("name"), "missing name or url in Slack action configuration")
        }
    }

    static let schema = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: false) + Field.of(.secretURL, "api_url") + Field.texts("api_url_file")
            + Field.of(.secret, "app_token") + Field.texts("app_token_file") + Field.of(.url, "app_url")
            + Field.texts("channel", "message_text", "image_url", "thumb_url")
            + templates(
                "slack",
                [
                    ("username", "username"), ("color", "color"), ("title", "title"), ("title_link", "titlelink"),
                    ("pretext", "pretext"), ("text", "text"), ("footer", "footer"), ("fallback", "fallback"),
                    ("callback_id", "callbackid"), ("icon_emoji", "iconemoji"), ("icon_url", "iconurl"),
                ]) + Field.of(.list(field), "fields") + Field.of(.list(action), "actions")
            + Field.of(.texts, "mrkdwn_in") + Field.of(.goDuration, "timeout")
            + [.flag("short_fields"), .flag("link_names"), .flag("update_message")]
    ) { values throws(NotifierConfigurationError) in
        try values.refuseBoth("api_url", "api_url_file")
        try values.refuseBoth("app_token", "app_token_file")
        try refuse(
            (values.has("api_url") || values.has("api_url_file"))
                && (values.has("app_token") || values.has("app_token_file")),
            "at most one of api_url/api_url_file & app_token/app_token_file must be configured")
        try refuse(
            values.flag("update_message") && values.text("api_url") != "https://slack.com/api/chat.postMessage",
            "update_message can only be used with bot tokens. api_url must be set to "
                + "https://slack.com/api/chat.postMessage")
    }

    static let allowsEmptyEntry = true
    static let namesChannel = true

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeURL("app_url", global, "slack_app_url", "no global Slack App URL set")
        let hasOwnToken = values.has("app_token") || values.has("app_token_file")
        if !hasOwnToken, !(own?.has("authorization") ?? false), !values.has("api_url") {
            values.inherit("app_token", from: global, "slack_app_token")
            values.inherit("app_token_file", from: global, "slack_app_token_file")
        }
        if !values.has("api_url"), !values.has("api_url_file") {
            values.inherit("api_url", from: global, "slack_api_url")
            values.inherit("api_url_file", from: global, "slack_api_url_file")
        }
        let hasToken = values.has("app_token") || values.has("app_token_file")
        try refuse(
            !values.has("api_url") && !values.has("api_url_file") && !hasToken,
            "no Slack API URL nor App token set either inline or in a file")
        guard hasToken else { return }
        var http = values.fields("http_config") ?? ConfigurationSchema.http.defaults
        try refuse(
            http.has("authorization"), "http authorization can't be set when using Slack App tokens")
        http["authorization"] = .fields(
            FieldValues([
                "type": .text("Bearer"), "credentials": .text(values.text("app_token")),
                "credentials_file": .text(values.text("app_token_file")),
            ]))
        values["http_config"] = .fields(http)
        values["api_url"] = values["app_url"]
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.slack()])
    }

    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        answer.checkStatus() ?? answer.slackFailure
    }
}

extension PayloadBuilder {
    private static let slackTitleLimit = 1024

    fileprivate func slack() throws(PayloadError) -> OutgoingRequest {
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
}

extension ReceiverAnswer {
    fileprivate var slackFailure: Failure? {
        guard contentType.hasPrefix("application/json") else {
            if body.elementsEqual("ok".utf8) { return nil }
            return Failure(
                text: "received an error response from Slack: \(text)", reason: .clientError, isRetryable: false)
        }
        guard let json else { return unreadable() }
        if json["ok"] == .bool(true) { return nil }
        return Failure(
            text: "error response from Slack: \(json["error"]?.text ?? "")", reason: .clientError, isRetryable: false)
    }

    /// Returns the parts of Slack's answer that identify the message, for changing it later.
    package var slackData: [String: LogEntry.Value]? {
        guard let json, let thread = json["ts"]?.text, let channel = json["channel"]?.text, !thread.isEmpty,
            !channel.isEmpty
        else { return nil }
        return ["threadTs": .text(thread), "channelId": .text(channel)]
    }
}

internal import KTSDBModel

extension ConfigurationSchema {
    /// The fields that all integrations have.
    static func common(sendsResolved: Bool) -> [Field] {
        [.flag("send_resolved", sendsResolved)] + Field.of(.fields(http), "http_config")
    }

    private static func template(_ name: String) -> String { "{{ template \"\(name)\" . }}" }

    /// Fields whose defaults are templates `KIND.default.NAME`.
    static func templates(_ kind: String, _ names: [(field: String, template: String)]) -> [Field] {
        names.map { .text($0.field, template("\(kind).default.\($0.template)")) }
    }

    static let slackField = ConfigurationSchema(
        "config.plain", Field.texts("title", "value") + Field.of(.flag, "short")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("title"), "missing title in Slack field configuration")
        try refuse(!values.has("value"), "missing value in Slack field configuration")
    }

    static let slackConfirmation = ConfigurationSchema(
        "config.plain", Field.texts("text", "title", "ok_text", "dismiss_text")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("text"), "missing text in Slack confirmation configuration")
    }

    static let slackAction = ConfigurationSchema(
        "config.plain",
        Field.texts("type", "text", "url", "style", "name", "value") + Field.of(.fields(slackConfirmation), "confirm")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("type"), "missing type in Slack action configuration")
        try refuse(!values.has("text"), "missing text in Slack action configuration")
        if values.has("url") {
            for name in ["name", "value", "confirm"] { values[name] = nil }
        } else {
            try refuse(!values.has("name"), "missing name or url in Slack action configuration")
        }
    }

    static let slack = ConfigurationSchema(
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
                ]) + Field.of(.list(slackField), "fields") + Field.of(.list(slackAction), "actions")
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

    /// The address of a hook, which is given directly or in a file.
    private static let hook = Field.of(.secretURL, "webhook_url") + Field.texts("webhook_url_file")

    private static func validateHook(_ values: inout FieldValues) throws(NotifierConfigurationError) {
        try refuse(
            !values.has("webhook_url") && !values.has("webhook_url_file"),
            "one of webhook_url or webhook_url_file must be configured")
        try values.refuseBoth("webhook_url", "webhook_url_file")
    }

    static let discord = ConfigurationSchema(
        "discord.plain",
        common(sendsResolved: true) + hook + Field.texts("content", "username", "avatar_url")
            + templates("discord", [("title", "title"), ("message", "message")])
    ) { values throws(NotifierConfigurationError) in try validateHook(&values) }

    static let msteams = ConfigurationSchema(
        "msteams.plain",
        common(sendsResolved: true) + hook
            + templates("msteams", [("title", "title"), ("summary", "summary"), ("text", "text")])
    ) { values throws(NotifierConfigurationError) in try validateHook(&values) }

    static let msteamsv2 = ConfigurationSchema(
        "msteamsv2.plain",
        common(sendsResolved: true) + hook + templates("msteamsv2", [("title", "title"), ("text", "text")])
    ) { values throws(NotifierConfigurationError) in try validateHook(&values) }

    static let webex = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: true) + Field.of(.url, "api_url") + Field.texts("room_id")
            + templates("webex", [("message", "message")])
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("room_id"), "missing room_id on webex_config")
        try refuse(
            !(values.fields("http_config")?.has("authorization") ?? false),
            "missing webex_configs.http_config.authorization")
    }

    static let telegram = ConfigurationSchema(
        "telegram.plain",
        common(sendsResolved: true) + Field.of(.url, "api_url") + Field.of(.secret, "bot_token")
            + Field.texts("bot_token_file", "chat_id_file") + Field.of(.integer("int64"), "chat_id")
            + Field.of(.integer("int"), "message_thread_id") + templates("telegram", [("message", "message")])
            + [.flag("disable_notifications"), .text("parse_mode", "HTML")]
    ) { values throws(NotifierConfigurationError) in
        try values.refuseBoth("bot_token", "bot_token_file")
        let hasID = values.integer("chat_id") != 0
        try refuse(
            !hasID && !values.has("chat_id_file"), "missing chat_id or chat_id_file on telegram_config")
        try refuse(
            hasID && values.has("chat_id_file"), "at most one of chat_id & chat_id_file must be configured")
        try refuse(
            !["", "Markdown", "MarkdownV2", "HTML"].contains(values.text("parse_mode")),
            "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string")
    }

    static let wechat = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: false) + Field.of(.secret, "api_secret") + Field.of(.url, "api_url")
            + Field.texts("api_secret_file", "corp_id", "message_type")
            + templates(
                "wechat",
                [
                    ("message", "message"), ("to_user", "to_user"), ("to_party", "to_party"), ("to_tag", "to_tag"),
                    ("agent_id", "agent_id"),
                ])
    ) { values throws(NotifierConfigurationError) in
        if !values.has("message_type") { values["message_type"] = .text("text") }
        let type = values.text("message_type")
        try refuse(
            type != "text" && type != "markdown",
            "weChat message type \(goQuoted(type)) does not match valid options ^(text|markdown)$")
        try values.refuseBoth("api_secret", "api_secret_file")
    }
}

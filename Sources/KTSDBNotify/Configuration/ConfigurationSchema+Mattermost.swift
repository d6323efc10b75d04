extension ConfigurationSchema {
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

    static let mattermost = ConfigurationSchema(
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

    private static let rocketchatField = ConfigurationSchema(
        "rocketchat.RocketchatAttachmentField", Field.texts("title", "value") + Field.of(.flag, "short"))

    private static let rocketchatAction = ConfigurationSchema(
        "rocketchat.RocketchatAttachmentAction",
        Field.texts("type", "text", "url", "imageurl", "webviewheightratio", "msg", "msgprocessingtype")
            + [.flag("iswebview"), .flag("msginchatwindow")])

    static let rocketchat = ConfigurationSchema(
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
}

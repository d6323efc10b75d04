internal import KTSDBModel

/// WeChat Work: only its configuration is checked; this version does not deliver to it.
enum WeChatReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
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

    static let isDelivered = false
    static let allowsEmptyEntry = true

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeURL("api_url", global, "wechat_api_url", "no global Wechat URL set", endsInSlash: true)
        try values.completeSecret(
            "api_secret", global, "wechat_api_secret",
            "no global Wechat Api Secret set either inline or in a file")
        values.inherit("corp_id", from: global, "wechat_api_corp_id")
        try refuse(!values.has("corp_id"), "no global Wechat CorpID set")
    }
}

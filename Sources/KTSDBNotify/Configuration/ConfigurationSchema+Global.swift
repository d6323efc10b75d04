extension ConfigurationSchema {
    /// `global`.
    package static let global = ConfigurationSchema(
        "config.plain",
        [Field(name: "resolve_timeout", kind: .duration, value: .duration(.seconds(300)))]
            + Field.of(.fields(http), "http_config")
            + Field.texts(
                "smtp_from", "smtp_auth_username", "smtp_auth_password_file", "smtp_auth_secret_file",
                "smtp_auth_identity", "slack_api_url_file", "slack_app_token_file", "opsgenie_api_key_file",
                "wechat_api_secret_file", "wechat_api_corp_id", "victorops_api_key_file", "telegram_bot_token_file",
                "rocketchat_token_file", "rocketchat_token_id_file", "mattermost_webhook_url_file")
            + [.text("smtp_hello", "localhost"), .flag("smtp_require_tls", true)]
            + Field.of(.hostPort, "smtp_smarthost") + Field.of(.fields(tls), "smtp_tls_config")
            + Field.of(.flag, "smtp_force_implicit_tls")
            + Field.of(
                .secret, "smtp_auth_password", "smtp_auth_secret", "slack_app_token", "opsgenie_api_key",
                "wechat_api_secret", "victorops_api_key", "telegram_bot_token", "rocketchat_token",
                "rocketchat_token_id")
            + Field.of(.secretURL, "slack_api_url", "mattermost_webhook_url")
            + globalURLs.map { Field(name: $0.name, kind: .url, value: $0.value.map { .text($0) }) })

    private static let globalURLs: [(name: String, value: String?)] = [
        ("pagerduty_url", "https://events.pagerduty.com/v2/enqueue"), ("opsgenie_api_url", "https://api.opsgenie.com/"),
        ("wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/"),
        ("victorops_api_url", "https://alert.victorops.com/integrations/generic/20131114/alert/"),
        ("telegram_api_url", "https://api.telegram.org"), ("webex_api_url", "https://webexapis.com/v1/messages"),
        ("rocketchat_api_url", "https://open.rocket.chat/"),
        ("slack_app_url", "https://slack.com/api/chat.postMessage"), ("jira_api_url", nil),
    ]
}

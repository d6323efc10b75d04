extension IntegrationConfiguration {
    /// Takes what is not set from the global values.
    mutating func complete(from global: FieldValues) throws(NotifierConfigurationError) {
        if isMissing {
            // Alertmanager takes an empty entry of these kinds for one without any values.
            let isAllowed = [.slack, .opsgenie, .wechat, .rocketchat].contains(kind)
            try refuse(!isAllowed, "missing \(kind.rawValue) config")
        }
        let ownHTTP = values.fields("http_config")
        if kind != .email { values.inherit("http_config", from: global, "http_config") }
        switch kind {
        case .email: try completeEmail(global)
        case .slack: try completeSlack(global, ownHTTP)
        case .pagerduty:
            try completeURL("url", global, "pagerduty_url", "no global PagerDuty URL set")
        case .opsgenie:
            try completeURL("api_url", global, "opsgenie_api_url", "no global OpsGenie URL set", endsInSlash: true)
            try completeSecret(
                "api_key", global, "opsgenie_api_key",
                "no global OpsGenie API Key set either inline or in a file", separately: true)
        case .victorops:
            try completeURL("api_url", global, "victorops_api_url", "no global VictorOps URL set", endsInSlash: true)
            try completeSecret(
                "api_key", global, "victorops_api_key", "no global VictorOps API Key set", separately: true)
        case .wechat: try completeWechat(global)
        case .telegram:
            values.inherit("api_url", from: global, "telegram_api_url")
            try completeSecret(
                "bot_token", global, "telegram_bot_token", "missing bot_token or bot_token_file on telegram_config")
        case .webex: try completeURL("api_url", global, "webex_api_url", "no global Webex URL set")
        case .jira: try completeURL("api_url", global, "jira_api_url", "no global Jira Cloud URL set")
        case .rocketchat: try completeRocketchat(global)
        case .mattermost:
            try completeSecret(
                "webhook_url", global, "mattermost_webhook_url",
                "missing webhook_url or webhook_url_file on mattermost_config")
        case .discord, .msteams, .msteamsv2:
            if kind == .msteamsv2 { inheritProxy(ownHTTP, global) }
            try refuse(
                !values.has("webhook_url") && !values.has("webhook_url_file"),
                "no \(kind.rawValue) webhook URL or URLFile provided")
        case .webhook, .pushover, .sns, .incidentio: break
        }
    }

    private mutating func completeURL(
        _ name: String, _ global: FieldValues, _ globalName: String, _ error: String, endsInSlash: Bool = false
    ) throws(NotifierConfigurationError) {
        values.inherit(name, from: global, globalName)
        let url = values.text(name)
        try refuse(url.isEmpty, error)
        guard endsInSlash, let end = url.firstIndex(where: { $0 == "?" || $0 == "#" }) ?? Optional(url.endIndex),
            !url[..<end].hasSuffix("/")
        else { return }
        values[name] = .text(url[..<end] + "/" + url[end...])
    }

    /// Takes a secret, or the name of the file with it, from the global values: both together unless `separately`.
    private mutating func completeSecret(
        _ name: String, _ global: FieldValues, _ globalName: String, _ error: String, separately: Bool = false
    ) throws(NotifierConfigurationError) {
        if separately || (!values.has(name) && !values.has(name + "_file")) {
            values.inherit(name, from: global, globalName)
            values.inherit(name + "_file", from: global, globalName + "_file")
        }
        try refuse(!values.has(name) && !values.has(name + "_file"), error)
    }

    private mutating func completeEmail(_ global: FieldValues) throws(NotifierConfigurationError) {
        values.inherit("tls_config", from: global, "smtp_tls_config")
        values.inherit("smarthost", from: global, "smtp_smarthost")
        try refuse(!values.has("smarthost"), "no global SMTP smarthost set")
        values.inherit("from", from: global, "smtp_from")
        try refuse(!values.has("from"), "no global SMTP from set")
        for name in ["hello", "auth_username", "auth_identity", "require_tls", "force_implicit_tls"] {
            values.inherit(name, from: global, "smtp_" + name)
        }
        for name in ["auth_password", "auth_secret"] where !values.has(name) && !values.has(name + "_file") {
            values.inherit(name, from: global, "smtp_" + name)
            values.inherit(name + "_file", from: global, "smtp_" + name + "_file")
        }
    }

    private mutating func completeSlack(
        _ global: FieldValues, _ ownHTTP: FieldValues?
    ) throws(NotifierConfigurationError) {
        try completeURL("app_url", global, "slack_app_url", "no global Slack App URL set")
        let hasOwnToken = values.has("app_token") || values.has("app_token_file")
        if !hasOwnToken, !(ownHTTP?.has("authorization") ?? false), !values.has("api_url") {
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

    private mutating func completeWechat(_ global: FieldValues) throws(NotifierConfigurationError) {
        try completeURL("api_url", global, "wechat_api_url", "no global Wechat URL set", endsInSlash: true)
        try completeSecret(
            "api_secret", global, "wechat_api_secret",
            "no global Wechat Api Secret set either inline or in a file")
        values.inherit("corp_id", from: global, "wechat_api_corp_id")
        try refuse(!values.has("corp_id"), "no global Wechat CorpID set")
    }

    private mutating func completeRocketchat(_ global: FieldValues) throws(NotifierConfigurationError) {
        values.inherit("api_url", from: global, "rocketchat_api_url")
        try completeSecret(
            "token_id", global, "rocketchat_token_id",
            "no global Rocketchat TokenID set either inline or in a file", separately: true)
        try completeSecret(
            "token", global, "rocketchat_token", "no global Rocketchat Token set either inline or in a file",
            separately: true)
    }

    /// A configuration of its own for HTTP still uses the global proxy if it says nothing about one.
    private mutating func inheritProxy(_ own: FieldValues?, _ global: FieldValues) {
        guard var http = own, !http.has("proxy_url"), let shared = global.fields("http_config") else { return }
        http["proxy_url"] = shared["proxy_url"]
        values["http_config"] = .fields(http)
    }
}

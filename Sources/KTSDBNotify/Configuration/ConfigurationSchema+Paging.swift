internal import KTSDBModel
internal import PrometheusWire

extension ConfigurationSchema {
    static let webhook = ConfigurationSchema(
        "webhook.plain",
        common(sendsResolved: true) + Field.of(.templateURL, "url") + Field.texts("url_file")
            + Field.of(.integer("uint64"), "max_alerts") + Field.of(.goDuration, "timeout") + Field.of(.tree, "payload")
    ) { values throws(NotifierConfigurationError) in
        try refuse(
            !values.has("url") && !values.has("url_file"), "one of url or url_file must be configured")
        try values.refuseBoth("url", "url_file")
    }

    private static let threading = ConfigurationSchema(
        "config.ThreadingConfig", [.flag("enabled")] + Field.texts("thread_by_date"))

    static let email = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: false).filter { $0.name != "http_config" }
            + Field.texts("to", "from", "hello", "auth_username", "auth_password_file", "auth_secret_file")
            + Field.texts("auth_identity") + Field.of(.hostPort, "smarthost")
            + Field.of(.secret, "auth_password", "auth_secret") + Field.of(.textMap, "headers")
            + [.text("html", "{{ template \"email.default.html\" . }}"), .text("text", "")]
            + Field.of(.flag, "require_tls", "force_implicit_tls") + Field.of(.fields(tls), "tls_config")
            + Field.of(.fields(threading), "threading")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("to"), "missing to address in email config")
        var seen: Set<String> = [], headers: [(String, String)] = []
        for header in values.pairs("headers").pairs {
            let name = MIMEHeader.canonicalName(header.name)
            try refuse(!seen.insert(name).inserted, "duplicate header \(goQuoted(name)) in email config")
            headers.append((name, header.value))
        }
        values["headers"] = .pairs(KeyValues(headers))
        guard let threading = values.fields("threading"), threading.flag("enabled") else { return }
        for name in ["References", "In-Reply-To"] {
            try refuse(
                seen.contains(name),
                "conflicting configuration: threading.enabled conflicts with custom \(name) header")
        }
        try refuse(
            !["none", "daily"].contains(threading.text("thread_by_date")),
            "threading.thread_by_date must be either 'none' or 'daily'")
    }

    static let pagerduty = ConfigurationSchema(
        "pagerduty.plain",
        common(sendsResolved: true) + Field.of(.secret, "service_key", "routing_key")
            + Field.texts("service_key_file", "routing_key_file", "source", "severity", "class", "component", "group")
            + Field.of(.url, "url") + Field.of(.treeMap, "details") + Field.of(.goDuration, "timeout")
            + [.text("description", "{{ template \"pagerduty.default.description\" .}}")]
            + templates("pagerduty", [("client", "client"), ("client_url", "clientURL")])
            + Field.of(
                .list(ConfigurationSchema("pagerduty.PagerdutyImage", Field.texts("src", "alt", "href"))), "images")
            + Field.of(
                .list(ConfigurationSchema("pagerduty.PagerdutyLink", Field.texts("href", "text"))), "links")
    ) { values throws(NotifierConfigurationError) in
        let keys = ["routing_key", "service_key", "routing_key_file", "service_key_file"]
        try refuse(
            !keys.contains { values.has($0) }, "missing service or routing key in PagerDuty config")
        try values.refuseBoth("routing_key", "routing_key_file")
        try values.refuseBoth("service_key", "service_key_file")
        if !values.has("source") { values["source"] = .text(values.text("client")) }
        values["details"] = .tree(pagerdutyDetails(values.tree("details")))
    }

    /// The details of an incident, with the default ones that are not set.
    private static func pagerdutyDetails(_ given: JSONTree?) -> JSONTree {
        var members: [JSONTree.Member] = []
        if case .object(let own)? = given { members = own }
        for (name, text) in [
            ("firing", "{{ .Alerts.Firing | toJson }}"), ("resolved", "{{ .Alerts.Resolved | toJson }}"),
            ("num_firing", "{{ .Alerts.Firing | len }}"), ("num_resolved", "{{ .Alerts.Resolved | len }}"),
        ] where !members.contains(where: { $0.name == name }) {
            members.append(JSONTree.Member(name, .string(text)))
        }
        return .object(members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }

    private static let opsgenieResponder = ConfigurationSchema(
        "opsgenie.OpsGenieConfigResponder", Field.texts("id", "name", "username", "type"))

    static let opsgenie = ConfigurationSchema(
        "opsgenie.plain",
        common(sendsResolved: true) + Field.of(.secret, "api_key")
            + Field.texts("api_key_file", "entity", "actions", "tags", "note", "priority") + Field.of(.url, "api_url")
            + Field.of(.textMap, "details") + Field.of(.list(opsgenieResponder), "responders")
            + templates(
                "opsgenie", [("message", "message"), ("description", "description"), ("source", "source")])
            + [.flag("update_alerts")]
    ) { values throws(NotifierConfigurationError) in
        try values.refuseBoth("api_key", "api_key_file")
        for responder in values.list("responders") { try validateResponder(responder) }
    }

    private static func validateResponder(_ values: FieldValues) throws(NotifierConfigurationError) {
        let shown = "{" + ["id", "name", "username", "type"].map { values.text($0) }.joined(separator: " ") + "}"
        try refuse(
            !values.has("id") && !values.has("username") && !values.has("name"),
            "opsGenieConfig responder \(shown) has to have at least one of id, username or name specified")
        do throws(NotificationTemplateError) {
            if try TemplateSyntax.isTemplate(values.text("type")) { return }
        } catch {
            throw NotifierConfigurationError(
                "opsGenieConfig responder \(shown) type contains invalid template syntax: \(error)")
        }
        let type = values.text("type").lowercased()
        try refuse(
            !["team", "teams", "user", "escalation", "schedule"].contains(type),
            "opsGenieConfig responder "
                + shown.replacing(values.text("type") + "}", with: type + "}", maxReplacements: 1)
                + " type does not match valid options ^(team|teams|user|escalation|schedule)$")
    }

    static let victorops = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: true) + Field.of(.secret, "api_key") + Field.texts("api_key_file", "routing_key")
            + Field.of(.url, "api_url") + [.text("message_type", "CRITICAL")]
            + templates(
                "victorops",
                [
                    ("state_message", "state_message"), ("entity_display_name", "entity_display_name"),
                    ("monitoring_tool", "monitoring_tool"),
                ]) + Field.of(.textMap, "custom_fields")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("routing_key"), "missing Routing key in VictorOps config")
        try values.refuseBoth("api_key", "api_key_file")
        let custom = values.pairs("custom_fields")
        for name in [
            "routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool", "entity_id",
            "entity_state",
        ] {
            try refuse(
                custom[name] != nil,
                "victorOps config contains custom field \(name) which cannot be used as it conflicts with the "
                    + "fixed/static fields")
        }
    }

    static let pushover = ConfigurationSchema(
        "pushover.plain",
        common(sendsResolved: true) + Field.of(.secret, "user_key", "token")
            + Field.texts("user_key_file", "token_file", "url_title", "device", "sound")
            + templates("pushover", [("title", "title"), ("message", "message"), ("url", "url")])
            + [.text("priority", "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}")]
            + [
                Field(name: "retry", kind: .goDuration, value: .duration(.seconds(60))),
                Field(name: "expire", kind: .goDuration, value: .duration(.seconds(3600))),
            ] + Field.of(.goDuration, "ttl") + [.flag("html"), .flag("monospace")]
    ) { values throws(NotifierConfigurationError) in
        for name in ["user_key", "token"] {
            try refuse(
                !values.has(name) && !values.has(name + "_file"), "one of \(name) or \(name)_file must be configured")
            try values.refuseBoth(name, name + "_file")
        }
        try refuse(
            values.flag("html") && values.flag("monospace"), "at most one of monospace & html must be configured")
    }

    static let sns = ConfigurationSchema(
        "sns.plain",
        common(sendsResolved: true) + Field.texts("api_url", "topic_arn", "phone_number", "target_arn")
            + templates("sns", [("subject", "subject"), ("message", "message")]) + Field.of(.textMap, "attributes")
            + Field.of(
                .fields(
                    ConfigurationSchema(
                        "sigv4.plain",
                        Field.texts("region", "access_key", "profile", "role_arn", "external_id")
                            + Field.of(.secret, "secret_key")
                            + [.flag("use_fips_sts_endpoint")], validate: validateSignature)), "sigv4")
            + [.flag("use_aws_http_client")]
    ) { values throws(NotifierConfigurationError) in
        let hasTarget = values.has("target_arn"), hasTopic = values.has("topic_arn")
        try refuse(
            (!hasTarget != !hasTopic) != !values.has("phone_number"),
            "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config")
    }

    private static let validateSignature: Validation = { values throws(NotifierConfigurationError) in
        try refuse(
            values.has("access_key") != values.has("secret_key"),
            "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config")
    }

    private static let jiraField = ConfigurationSchema(
        "jira.plain", Field.texts("template") + Field.of(.flag, "enable_update"))

    static let jira = ConfigurationSchema(
        "jira.plain",
        common(sendsResolved: true) + Field.of(.url, "api_url") + [.text("api_type", "auto")]
            + Field.texts("project", "issue_type", "reopen_transition", "resolve_transition", "wont_fix_resolution")
            + [
                Field(name: "summary", kind: .textOrFields(jiraField), value: jiraTemplate("summary")),
                Field(name: "description", kind: .textOrFields(jiraField), value: jiraTemplate("description")),
            ] + templates("jira", [("priority", "priority")]) + Field.of(.texts, "labels")
            + Field.of(.duration, "reopen_duration") + Field.of(.treeMap, "fields")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("project"), "missing project in jira_config")
        try refuse(!values.has("issue_type"), "missing issue_type in jira_config")
        try refuse(
            !["auto", "cloud", "datacenter"].contains(values.text("api_type")),
            "unknown api_type on jira_config, must be auto, cloud or datacenter")
    }

    private static func jiraTemplate(_ name: String) -> ConfigurationValue {
        .fields(FieldValues(["template": .text("{{ template \"jira.default.\(name)\" . }}")]))
    }

    static let incidentio = ConfigurationSchema(
        "incidentio.plain",
        common(sendsResolved: true) + Field.of(.url, "url") + Field.texts("url_file", "alert_source_token_file")
            + Field.of(.secret, "alert_source_token") + Field.of(.integer("uint64"), "max_alerts")
            + Field.of(.goDuration, "timeout")
    ) { values throws(NotifierConfigurationError) in
        try refuse(
            !values.has("url") && !values.has("url_file"), "one of url or url_file must be configured")
        try values.refuseBoth("url", "url_file")
        try values.refuseBoth("alert_source_token", "alert_source_token_file")
        let http = values.fields("http_config")
        let hasToken = values.has("alert_source_token") || values.has("alert_source_token_file")
        let hasAuthorization = http?.has("authorization") ?? false
        try refuse(
            hasAuthorization && hasToken,
            "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization")
        try refuse(
            http != nil && !hasAuthorization && !hasToken,
            "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be "
                + "configured")
    }
}

/// Jira: only its configuration is checked; this version does not deliver to it.
enum JiraReceiver: IntegrationDefinition {
    private static let jiraField = ConfigurationSchema(
        "jira.plain", Field.texts("template") + Field.of(.flag, "enable_update"))

    static let schema = ConfigurationSchema(
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

    static let isDelivered = false

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeURL("api_url", global, "jira_api_url", "no global Jira Cloud URL set")
    }
}

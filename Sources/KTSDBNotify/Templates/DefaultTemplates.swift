/// The templates that Alertmanager comes with, by the names that users call.
///
/// They give the same output; only the page of `email.default.html` is our own.
enum DefaultTemplates {
    /// The text of all definitions.
    static let source = definitions.map { "{{ define \"\($0.name)\" }}\($0.text){{ end }}" }.joined()

    private static let definitions: [(name: String, text: String)] =
        shared + subjects + links + empties + messages + colors + [
            ("jira.default.priority", priority), ("__priority", priorityOfList),
            ("email.default.html", DefaultEmailPage.source),
        ]

    private static func call(_ name: String, _ data: String = ".") -> String { "{{ template \"\(name)\" \(data) }}" }

    /// The names and values of labels or annotations, each on a line.
    private static func lines(_ field: String, indent: String) -> String {
        "{{ range .\(field).SortedPairs }}\(indent)- {{ .Name }} = {{ .Value }}\n{{ end }}"
    }

    private static let commonAnnotations = "{{ .CommonAnnotations.Values | join \" \" }}"

    private static let shared: [(name: String, text: String)] = [
        ("__alertmanager", "Alertmanager"),
        ("__alertmanagerURL", "{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}"),
        ("__description", ""),
        (
            "__subject",
            "[{{ toUpper .Status }}{{ if eq .Status \"firing\" }}:{{ len .Alerts.Firing }}{{ end }}] "
                + "{{ join \" \" .GroupLabels.Values }} "
                + "{{ if gt (len .CommonLabels) (len .GroupLabels) }}"
                + "({{ join \" \" (.CommonLabels.Remove .GroupLabels.Names).Values }}){{ end }}"
        ),
        (
            "__text_alert_list",
            "{{ range . }}Labels:\n" + lines("Labels", indent: " ") + "Annotations:\n"
                + lines("Annotations", indent: " ") + "Source: {{ .GeneratorURL }}\n{{ end }}"
        ),
        (
            "__text_alert_list_markdown",
            "{{ range . }}\nLabels:\n" + lines("Labels", indent: "  ") + "\nAnnotations:\n"
                + lines("Annotations", indent: "  ") + "\nSource: {{ .GeneratorURL }}\n{{ end }}\n"
        ),
        ("pagerduty.default.instances", call("__text_alert_list")),
    ]

    /// Templates that are the subject, or the name of the program.
    private static let subjects: [(name: String, text: String)] =
        [
            "slack.default.title", "pagerduty.default.description", "opsgenie.default.message",
            "victorops.default.entity_display_name", "pushover.default.title", "sns.default.subject",
            "discord.default.title", "msteams.default.summary", "msteams.default.title", "msteamsv2.default.title",
            "jira.default.summary", "rocketchat.default.title", "mattermost.default.title", "email.default.subject",
        ].map { ($0, call("__subject")) }
        + [
            "slack.default.username", "pagerduty.default.client", "victorops.default.monitoring_tool",
            "rocketchat.default.alias", "mattermost.default.username",
        ].map { ($0, call("__alertmanager")) }

    private static let links: [(name: String, text: String)] =
        [
            "slack.default.titlelink", "pagerduty.default.clientURL", "opsgenie.default.source", "pushover.default.url",
            "rocketchat.default.titlelink", "mattermost.default.titlelink",
        ].map { ($0, call("__alertmanagerURL")) }
        + ["slack", "mattermost"].map {
            ("\($0).default.fallback", call("\($0).default.title") + " | " + call("\($0).default.titlelink"))
        }

    private static let empties: [(name: String, text: String)] = [
        "slack.default.callbackid", "slack.default.pretext", "slack.default.iconemoji", "slack.default.iconurl",
        "slack.default.text", "slack.default.footer", "wechat.default.to_user", "wechat.default.to_party",
        "wechat.default.to_tag", "wechat.default.agent_id", "discord.default.content", "rocketchat.default.emoji",
        "rocketchat.default.iconurl", "rocketchat.default.text",
    ].map { ($0, "") }

    private static let colors: [(name: String, text: String)] = ["slack", "mattermost"].map {
        ("\($0).default.color", "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}")
    }

    // MARK: Messages

    /// Firing alerts and resolved ones, each list after a heading if there are any.
    private static func lists(_ heading: String, _ list: String, before: String, after: String) -> [String] {
        ["Firing", "Resolved"].map { state in
            "{{ if .Alerts.\(state) }}\(before)\(heading)Alerts \(state):\n" + call(list, ".Alerts.\(state)")
                + "\(after){{ end }}"
        }
    }

    /// With blank lines around the lists.
    private static func spacious(_ heading: String, _ list: String) -> String {
        lists(heading, list, before: "\n", after: "\n").map { "\n" + $0 }.joined() + "\n"
    }

    private static let compact =
        commonAnnotations + lists("", "__text_alert_list", before: "", after: "").map { "\n" + $0 }.joined()
    private static let plain = spacious("", "__text_alert_list")
    private static let markdown = spacious("# ", "__text_alert_list_markdown")

    private static let messages: [(name: String, text: String)] =
        [
            ("opsgenie.default.description", compact), ("victorops.default.state_message", compact),
            (
                "wechat.default.message",
                call("__subject") + "\n" + compact + "\nAlertmanagerUrl:\n" + call("__alertmanagerURL")
            ),
        ]
        + ["pushover", "sns", "webex"].map { ("\($0).default.message", commonAnnotations + plain) }
        + ["telegram", "discord"].map { ("\($0).default.message", plain) }
        + ["msteams.default.text", "msteamsv2.default.text", "jira.default.description", "mattermost.default.text"]
        .map { ($0, markdown) }

    /// The priority of the worst alert that fires, or of the worst of all if none has one.
    private static let priority =
        "{{ $firing := .Alerts.Firing }}{{ $found := false }}"
        + "{{ range $firing }}{{ if match \"^(critical|warning|info)$\" (index .Labels \"severity\") }}"
        + "{{ $found = true }}{{ end }}{{ end }}"
        + "{{ if $found }}" + call("__priority", "$firing") + "{{ else }}" + call("__priority", ".Alerts.Resolved")
        + "{{ end }}"

    private static let priorityOfList =
        "{{ $worst := \"\" }}{{ range . }}{{ $severity := index .Labels \"severity\" }}"
        + "{{ if eq $severity \"critical\" }}{{ $worst = \"High\" }}"
        + "{{ else if and (eq $severity \"warning\") (ne $worst \"High\") }}{{ $worst = \"Medium\" }}"
        + "{{ else if and (eq $severity \"info\") (eq $worst \"\") }}{{ $worst = \"Low\" }}"
        + "{{ end }}{{ end }}{{ $worst }}"
}

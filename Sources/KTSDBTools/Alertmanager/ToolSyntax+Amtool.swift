/// The commands of amtool, and those that ktsdb adds.
extension ToolSyntax {
    private static let alert = ToolSyntax.group(
        "alert",
        [
            .command(
                "query",
                flags: [
                    ToolFlag("inhibited", "i", .toggle, help: "List inhibited alerts."),
                    ToolFlag("silenced", "s", .toggle, help: "List silenced alerts."),
                    ToolFlag("active", "a", .toggle, help: "List active alerts; so it is without these flags."),
                    ToolFlag("unprocessed", "u", .toggle, help: "List alerts that are not grouped yet."),
                    ToolFlag("receiver", "r", help: "Only alerts for receivers that match this pattern."),
                ], help: "View and search through current alerts."),
            .command(
                "add",
                flags: [
                    ToolFlag("generator-url", help: "A link to what raised the alert."),
                    ToolFlag("start", help: "When it began, in RFC 3339; without it, now."),
                    ToolFlag("end", help: "When it is over; without it, after resolve_timeout."),
                    ToolFlag("annotation", nil, .list, help: "An annotation, NAME=VALUE; may be repeated."),
                ], help: "Add a new alert."),
        ], preset: "query", help: "Add or query alerts.")

    private static let period = [
        ToolFlag("start", help: "When the silence begins, in RFC 3339."),
        ToolFlag("end", help: "When it ends, in RFC 3339; takes precedence over --duration."),
        ToolFlag("comment", "c", help: "Why."),
    ]

    private static let silence = ToolSyntax.group(
        "silence",
        [
            .command(
                "query",
                flags: [
                    ToolFlag("expired", nil, .toggle, help: "List silences that are over, and no others."),
                    ToolFlag("quiet", "q", .toggle, help: "Print ids only."),
                    ToolFlag("created-by", help: "Only silences of this author."),
                    ToolFlag("id", help: "Only the silence with this id."),
                    ToolFlag("within", help: "Only silences that end, or ended, within this time, such as 2h."),
                ], help: "View and search through current silences."),
            .command(
                "add",
                flags: period + [
                    ToolFlag("author", "a", help: "Who silences; without it, the user's name."),
                    ToolFlag(
                        "require-comment", nil, .toggle, preset: "true",
                        help: "Refuse a silence without a comment; --no-require-comment allows it."),
                    ToolFlag("duration", "d", preset: "1h", help: "How long the silence is, such as 1h30m."),
                    ToolFlag("annotation", nil, .list, help: "An annotation, NAME=VALUE; may be repeated."),
                ], help: "Add a new silence; its arguments are matchers such as alertname=~'API.*'."),
            .command("expire", help: "Expire silences; its arguments are ids."),
            .command(
                "import",
                flags: [
                    ToolFlag("force", "f", .toggle, help: "Add each silence as a new one, whatever its id."),
                    ToolFlag("worker", "w", preset: "8", help: "Accepted, without effect."),
                ], help: "Import silences from amtool's JSON or from Alertmanager's snapshot file."),
            .command("export", help: "Print all silences that are not over as JSON, for import."),
            .command(
                "update",
                flags: period + [
                    ToolFlag("quiet", "q", .toggle, help: "Print ids only."),
                    ToolFlag("duration", "d", help: "How long the silence is, from its start."),
                ], help: "Update silences; its arguments are ids."),
        ], preset: "query", help: "Add, expire, import or view silences.")

    private static let config = ToolSyntax.group(
        "config",
        [
            .command("show", takesArguments: false, help: "View the running configuration."),
            .group(
                "routes",
                [
                    .command("show", takesArguments: false, help: "Print the routing tree."),
                    .command(
                        "test",
                        flags: [
                            ToolFlag(
                                "verify.receivers", help: "Exit with 1 unless these are the receivers; with commas."),
                            ToolFlag("tree", nil, .toggle, help: "Print the routes that match, too."),
                        ], help: "Print the receivers of an alert with these labels, such as severity=critical."),
                ],
                flags: [
                    ToolFlag("config.file", help: "Read this file, and ask no server."),
                    ToolFlag(
                        "allow-unset", nil, .toggle,
                        help: "Accept variables without values in the file, and list them on standard error."),
                ], preset: "show",
                help: "Print or test the routes."),
        ], preset: "show", help: "View the configuration and its routes.")

    private static let template = ToolSyntax.group(
        "template",
        [
            .command(
                "render",
                flags: [
                    ToolFlag("template.glob", nil, .list, help: "Template files, as a pattern; may be repeated."),
                    ToolFlag("template.text", help: "The text to expand."),
                    ToolFlag("template.type", help: "html for escaping as in HTML; otherwise text."),
                    ToolFlag("template.data", help: "A JSON file with the data; without it, an example."),
                ], takesArguments: false, help: "Render a template to standard output.")
        ], help: "Render templates.")

    /// All commands of amtool.
    package static let amtool = ToolSyntax.group(
        "amtool",
        [
            alert, silence, .command("check-config", help: "Validate configuration files."),
            .group(
                "cluster", [.command("show", takesArguments: false, help: "View the cluster's status.")],
                preset: "show", help: "View the cluster's status."), config, template,
        ], flags: ToolFlag.amtool, help: "View and modify the state of an Alertmanager.")
}

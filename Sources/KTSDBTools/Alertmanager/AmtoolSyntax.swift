/// The commands of amtool, and those that ktsdb adds: which flags and arguments each takes.
indirect enum AmtoolSyntax: Sendable {
    /// A word that is followed by one of several others, and what is meant without one of them.
    case group(String, [AmtoolSyntax], flags: [AmtoolFlag] = [], preset: String? = nil, help: String)
    /// A command, and whether it takes arguments besides flags.
    case command(String, flags: [AmtoolFlag] = [], takesArguments: Bool = true, help: String)

    var name: String {
        switch self {
        case .group(let name, _, _, _, _), .command(let name, _, _, _): name
        }
    }

    var help: String {
        switch self {
        case .group(_, _, _, _, let help), .command(_, _, _, let help): help
        }
    }

    var flags: [AmtoolFlag] {
        switch self {
        case .group(_, _, let flags, _, _), .command(_, let flags, _, _): flags
        }
    }

    var children: [AmtoolSyntax] { if case .group(_, let children, _, _, _) = self { children } else { [] } }

    /// What is meant if no word follows.
    var preset: AmtoolSyntax? {
        guard case .group(_, let children, _, let preset?, _) = self else { return nil }
        return children.first { $0.name == preset }
    }

    func child(_ name: String) -> AmtoolSyntax? { children.first { $0.name == name } }

    private static let alert = AmtoolSyntax.group(
        "alert",
        [
            .command(
                "query",
                flags: [
                    AmtoolFlag("inhibited", "i", .toggle, help: "List inhibited alerts."),
                    AmtoolFlag("silenced", "s", .toggle, help: "List silenced alerts."),
                    AmtoolFlag("active", "a", .toggle, help: "List active alerts; so it is without these flags."),
                    AmtoolFlag("unprocessed", "u", .toggle, help: "List alerts that are not grouped yet."),
                    AmtoolFlag("receiver", "r", help: "Only alerts for receivers that match this pattern."),
                ], help: "View and search through current alerts."),
            .command(
                "add",
                flags: [
                    AmtoolFlag("generator-url", help: "A link to what raised the alert."),
                    AmtoolFlag("start", help: "When it began, in RFC 3339; without it, now."),
                    AmtoolFlag("end", help: "When it is over; without it, after resolve_timeout."),
                    AmtoolFlag("annotation", nil, .list, help: "An annotation, NAME=VALUE; may be repeated."),
                ], help: "Add a new alert."),
        ], preset: "query", help: "Add or query alerts.")

    private static let period = [
        AmtoolFlag("start", help: "When the silence begins, in RFC 3339."),
        AmtoolFlag("end", help: "When it ends, in RFC 3339; takes precedence over --duration."),
        AmtoolFlag("comment", "c", help: "Why."),
    ]

    private static let silence = AmtoolSyntax.group(
        "silence",
        [
            .command(
                "query",
                flags: [
                    AmtoolFlag("expired", nil, .toggle, help: "List silences that are over, and no others."),
                    AmtoolFlag("quiet", "q", .toggle, help: "Print ids only."),
                    AmtoolFlag("created-by", help: "Only silences of this author."),
                    AmtoolFlag("id", help: "Only the silence with this id."),
                    AmtoolFlag("within", help: "Only silences that end, or ended, within this time, such as 2h."),
                ], help: "View and search through current silences."),
            .command(
                "add",
                flags: period + [
                    AmtoolFlag("author", "a", help: "Who silences; without it, the user's name."),
                    AmtoolFlag(
                        "require-comment", nil, .toggle, preset: "true",
                        help: "Refuse a silence without a comment; --no-require-comment allows it."),
                    AmtoolFlag("duration", "d", preset: "1h", help: "How long the silence is, such as 1h30m."),
                    AmtoolFlag("annotation", nil, .list, help: "An annotation, NAME=VALUE; may be repeated."),
                ], help: "Add a new silence; its arguments are matchers such as alertname=~'API.*'."),
            .command("expire", help: "Expire silences; its arguments are ids."),
            .command(
                "import",
                flags: [
                    AmtoolFlag("force", "f", .toggle, help: "Add each silence as a new one, whatever its id."),
                    AmtoolFlag("worker", "w", preset: "8", help: "Accepted, without effect."),
                ], help: "Import silences from amtool's JSON or from Alertmanager's snapshot file."),
            .command("export", help: "Print all silences that are not over as JSON, for import."),
            .command(
                "update",
                flags: period + [
                    AmtoolFlag("quiet", "q", .toggle, help: "Print ids only."),
                    AmtoolFlag("duration", "d", help: "How long the silence is, from its start."),
                ], help: "Update silences; its arguments are ids."),
        ], preset: "query", help: "Add, expire, import or view silences.")

    private static let config = AmtoolSyntax.group(
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
                            AmtoolFlag(
                                "verify.receivers", help: "Exit with 1 unless these are the receivers; with commas."),
                            AmtoolFlag("tree", nil, .toggle, help: "Print the routes that match, too."),
                        ], help: "Print the receivers of an alert with these labels, such as severity=critical."),
                ],
                flags: [AmtoolFlag("config.file", help: "Read this file, and ask no server.")], preset: "show",
                help: "Print or test the routes."),
        ], preset: "show", help: "View the configuration and its routes.")

    private static let template = AmtoolSyntax.group(
        "template",
        [
            .command(
                "render",
                flags: [
                    AmtoolFlag("template.glob", nil, .list, help: "Template files, as a pattern; may be repeated."),
                    AmtoolFlag("template.text", help: "The text to expand."),
                    AmtoolFlag("template.type", help: "html for escaping as in HTML; otherwise text."),
                    AmtoolFlag("template.data", help: "A JSON file with the data; without it, an example."),
                ], takesArguments: false, help: "Render a template to standard output.")
        ], help: "Render templates.")

    /// All commands.
    static let root = AmtoolSyntax.group(
        "amtool",
        [
            alert, silence, .command("check-config", help: "Validate configuration files."),
            .group(
                "cluster", [.command("show", takesArguments: false, help: "View the cluster's status.")],
                preset: "show", help: "View the cluster's status."), config, template,
        ], flags: AmtoolFlag.global, help: "View and modify the state of an Alertmanager.")
}

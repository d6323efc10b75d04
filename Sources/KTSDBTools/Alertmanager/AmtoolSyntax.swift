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
                    AmtoolFlag("inhibited", "i", .toggle), AmtoolFlag("silenced", "s", .toggle),
                    AmtoolFlag("active", "a", .toggle), AmtoolFlag("unprocessed", "u", .toggle),
                    AmtoolFlag("receiver", "r"),
                ], help: "View and search through current alerts."),
            .command(
                "add",
                flags: [
                    AmtoolFlag("generator-url"), AmtoolFlag("start"), AmtoolFlag("end"),
                    AmtoolFlag("annotation", nil, .list),
                ], help: "Add a new alert."),
        ], preset: "query", help: "Add or query alerts.")

    private static let period = [AmtoolFlag("start"), AmtoolFlag("end"), AmtoolFlag("comment", "c")]

    private static let silence = AmtoolSyntax.group(
        "silence",
        [
            .command(
                "query",
                flags: [
                    AmtoolFlag("expired", nil, .toggle), AmtoolFlag("quiet", "q", .toggle), AmtoolFlag("created-by"),
                    AmtoolFlag("id"), AmtoolFlag("within"),
                ], help: "View and search through current silences."),
            .command(
                "add",
                flags: period + [
                    AmtoolFlag("author", "a"), AmtoolFlag("require-comment", nil, .toggle, preset: "true"),
                    AmtoolFlag("duration", "d", preset: "1h"), AmtoolFlag("annotation", nil, .list),
                ], help: "Add a new silence."),
            .command("expire", help: "Expire silences."),
            .command(
                "import", flags: [AmtoolFlag("force", "f", .toggle), AmtoolFlag("worker", "w", preset: "8")],
                help: "Import silences from amtool's JSON or from Alertmanager's snapshot file."),
            .command("export", help: "Print all silences that are not over as JSON, for import."),
            .command(
                "update", flags: period + [AmtoolFlag("quiet", "q", .toggle), AmtoolFlag("duration", "d")],
                help: "Update silences."),
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
                        "test", flags: [AmtoolFlag("verify.receivers"), AmtoolFlag("tree", nil, .toggle)],
                        help: "Print the receivers of an alert with these labels."),
                ], flags: [AmtoolFlag("config.file")], preset: "show", help: "Print or test the routes."),
        ], preset: "show", help: "View the configuration and its routes.")

    private static let template = AmtoolSyntax.group(
        "template",
        [
            .command(
                "render",
                flags: [
                    AmtoolFlag("template.glob", nil, .list), AmtoolFlag("template.text"), AmtoolFlag("template.type"),
                    AmtoolFlag("template.data"),
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

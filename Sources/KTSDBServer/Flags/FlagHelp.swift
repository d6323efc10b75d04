/// The text that `ktsdb --help` prints.
public enum FlagHelp {
    private static let width = 80, margin = 26

    /// The usage of the server and all its flags, each with its default and its environment variable.
    public static var text: String {
        let intro = """
            OVERVIEW: Run the server (what `ktsdb` does when no subcommand is given).
            `ktsdb help` lists the others: checks, tests, alerts, silences and more.

            Flags may be written --flag=value or --flag value. What the command line does
            not say is taken from the environment variable in brackets.

            USAGE: ktsdb [server] [<flags>]

            OPTIONS:

            """
        let own = [("--version", "Show the version."), ("-h, --help", "Show help information.")]
        let all = ServerFlags.all.map { (option($0), meaning($0)) } + own
        return intro + all.map { entry($0, $1) }.joined()
    }

    private static func option(_ flag: ServerFlag) -> String {
        flag.valueName.map { "--\(flag.name) <\($0)>" } ?? "--\(flag.name)/--no-\(flag.name)"
    }

    private static func meaning(_ flag: ServerFlag) -> String {
        let preset = flag.defaultText.isEmpty ? "" : " (default: \(flag.defaultText))"
        return "\(flag.help)\(preset) [\(flag.variable)]".replacing("`", with: "")
    }

    /// Formats an option and, from the margin on, its meaning.
    private static func entry(_ option: String, _ meaning: String) -> String {
        let indent = String(repeating: " ", count: margin)
        var text = "  \(option)", column = text.count
        if column >= margin {
            text += "\n\(indent)"
        } else {
            text += indent.dropFirst(column)
        }
        column = margin
        for word in meaning.split(separator: " ") {
            if column > margin, column + 1 + word.count > width {
                text += "\n\(indent)"
                column = margin
            } else if column > margin {
                text += " "
                column += 1
            }
            text += word
            column += word.count
        }
        return text + "\n"
    }
}

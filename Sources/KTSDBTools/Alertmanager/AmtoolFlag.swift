/// A flag of a command of amtool.
struct AmtoolFlag: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case toggle
        case value
        /// May be given several times.
        case list
    }

    var name: String
    /// The letter after one dash; nil for none.
    var letter: Character?
    var kind: Kind
    /// The value if the flag is not given; nil for none.
    var preset: String?
    /// What it does, for the help.
    var help: String

    init(
        _ name: String, _ letter: Character? = nil, _ kind: Kind = .value, preset: String? = nil, help: String
    ) {
        self.name = name
        self.letter = letter
        self.kind = kind
        self.preset = preset
        self.help = help
    }

    /// The flags that all commands have.
    static let global = [
        AmtoolFlag("help", "h", .toggle, help: "Show this help."),
        AmtoolFlag("date.format", preset: "2006-01-02 15:04:05 MST", help: "How times are shown, as in Go."),
        AmtoolFlag("verbose", "v", .toggle, help: "Accepted, without effect."),
        AmtoolFlag("alertmanager.url", help: "The server to ask."),
        AmtoolFlag("output", "o", preset: "simple", help: "The form of the output: simple, extended or json."),
        AmtoolFlag("timeout", preset: "30s", help: "How long the server may take."),
        AmtoolFlag("http.config.file", help: "A file with credentials and TLS, as `http_config` in Prometheus' files."),
        AmtoolFlag("version-check", nil, .toggle, preset: "true", help: "Accepted, without effect."),
        AmtoolFlag("enable-feature", help: "Accepted, without effect."),
    ]
}

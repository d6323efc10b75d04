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

    init(_ name: String, _ letter: Character? = nil, _ kind: Kind = .value, preset: String? = nil) {
        self.name = name
        self.letter = letter
        self.kind = kind
        self.preset = preset
    }

    /// The flags that all commands have.
    static let global = [
        AmtoolFlag("help", "h", .toggle), AmtoolFlag("date.format", preset: "2006-01-02 15:04:05 MST"),
        AmtoolFlag("verbose", "v", .toggle), AmtoolFlag("alertmanager.url"),
        AmtoolFlag("output", "o", preset: "simple"), AmtoolFlag("timeout", preset: "30s"),
        AmtoolFlag("http.config.file"), AmtoolFlag("version-check", nil, .toggle, preset: "true"),
        AmtoolFlag("enable-feature"),
    ]
}

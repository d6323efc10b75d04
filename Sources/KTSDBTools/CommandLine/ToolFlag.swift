/// A flag of a command.
package struct ToolFlag: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case toggle
        case value
        /// A value that may be given several times.
        case list
    }

    package var name: String
    /// What ktsdb's own commands call it, which also accept the name above.
    package var ownName: String?
    /// The letter after one dash, if it has one.
    package var letter: Character?
    package var kind: Kind
    /// The value if the flag is not given.
    package var preset: String?
    /// The allowed values; if empty, any value is allowed.
    package var choices: [String] = []
    package var isRequired = false
    /// What the flag does, for the help.
    package var help: String

    package init(
        _ name: String, _ letter: Character? = nil, _ kind: Kind = .value, preset: String? = nil,
        choices: [String] = [], isRequired: Bool = false, own ownName: String? = nil, help: String
    ) {
        self.name = name
        self.ownName = ownName
        self.letter = letter
        self.kind = kind
        self.preset = preset
        self.choices = choices
        self.isRequired = isRequired
        self.help = help
    }

    /// The name that is shown, by ktsdb's own commands or by those with another program's arguments.
    package func shownName(isOwn: Bool) -> String { isOwn ? ownName ?? name : name }
}

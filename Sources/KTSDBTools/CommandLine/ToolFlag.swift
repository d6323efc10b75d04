/// A flag of a command.
package struct ToolFlag: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case toggle
        case value
        /// A value that may be given several times.
        case list
    }

    package var name: String
    /// The letter of the short form, after one dash; nil if the flag has no short form.
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
        choices: [String] = [], isRequired: Bool = false, help: String
    ) {
        self.name = name
        self.letter = letter
        self.kind = kind
        self.preset = preset
        self.choices = choices
        self.isRequired = isRequired
        self.help = help
    }
}

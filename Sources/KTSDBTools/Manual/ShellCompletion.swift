/// Scripts with which shells complete commands and flags. They are generated from the same declarations as the help.
package enum ShellCompletion: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// The name of the file where a package installs the script of a program.
    package func fileName(_ program: String) -> String {
        switch self {
        case .bash: program
        case .zsh: "_\(program)"
        case .fish: "\(program).fish"
        }
    }

    /// The script for a program.
    package func script(_ root: CommandPage) -> String {
        switch self {
        case .bash: Self.bash(root)
        case .zsh: Self.zsh(root)
        case .fish: Self.fish(root)
        }
    }

    /// The commands with the words that lead to them, as one text.
    static func places(_ root: CommandPage) -> [(place: String, page: CommandPage)] {
        root.all().map { ($0.words.joined(separator: " "), $0.page) }
    }

    /// A text within single quotes, for all three shells.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    /// The first sentence of a help text, on one line.
    static func short(_ help: String) -> String {
        let line = help.replacing("\n", with: " ").replacing("`", with: "")
        guard let end = line.firstRange(of: ". ") else {
            return String(line.hasSuffix(".") ? line.dropLast() : line[...])
        }
        return String(line[..<end.lowerBound])
    }
}

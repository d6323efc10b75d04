/// Scripts by which shells complete commands and flags, generated from the same declarations as the help.
package enum ShellCompletion: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// Returns the name of the file in which a package installs the script of a program.
    package func fileName(_ program: String) -> String {
        switch self {
        case .bash: program
        case .zsh: "_\(program)"
        case .fish: "\(program).fish"
        }
    }

    /// Returns the script for a program.
    package func script(_ root: CommandPage) -> String {
        switch self {
        case .bash: Self.bash(root)
        case .zsh: Self.zsh(root)
        case .fish: Self.fish(root)
        }
    }

    /// Returns all commands, each with the words that lead to it as one text.
    static func places(_ root: CommandPage) -> [(place: String, page: CommandPage)] {
        root.all().map { ($0.words.joined(separator: " "), $0.page) }
    }

    /// Returns a text in single quotes, for bash and zsh.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    /// Returns the first sentence of a help text, on one line and without its full stop.
    static func short(_ help: String) -> String {
        let line = help.replacing("\n", with: " ").replacing("`", with: "")
        guard let end = line.firstRange(of: ". ") else {
            return String(line.hasSuffix(".") ? line.dropLast() : line[...])
        }
        return String(line[..<end.lowerBound])
    }
}

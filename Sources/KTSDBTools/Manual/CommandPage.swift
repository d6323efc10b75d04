/// A command as the manual and the completions of shells describe it.
package struct CommandPage: Hashable, Sendable {
    package struct Flag: Hashable, Sendable {
        /// The long name without dashes; empty if the flag only has a letter.
        package var name: String
        package var letter: Character?
        /// The name of the flag's value; nil for a switch.
        package var value: String?
        package var isRepeatable = false
        package var preset = ""
        /// The allowed values; if empty, any value is allowed.
        package var choices: [String] = []
        package var help: String

        package init(_ name: String, _ letter: Character? = nil, value: String? = nil, help: String) {
            self.name = name
            self.letter = letter
            self.value = value
            self.help = help
        }

        /// All forms with their dashes, such as `-o` and `--format`.
        package var forms: [String] { (letter.map { ["-\($0)"] } ?? []) + (name.isEmpty ? [] : ["--\(name)"]) }
    }

    package struct Argument: Hashable, Sendable {
        /// The argument as a usage line shows it, such as `<expr>` or `[<files>...]`.
        package var usage: String
        package var help: String
    }

    package var name: String
    /// What the command does, in one line.
    package var summary: String
    /// Further text: paragraphs separated by empty lines, and indented examples.
    package var text = ""
    package var flags: [Flag] = []
    package var arguments: [Argument] = []
    package var children: [CommandPage] = []

    package init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }

    package func child(_ name: String) -> CommandPage? { children.first { $0.name == name } }

    /// Returns this command and all below it, each with the words that lead to it; `words` come first.
    package func all(_ words: [String] = []) -> [(words: [String], page: CommandPage)] {
        let own = words + [name]
        return [(own, self)] + children.flatMap { $0.all(own) }
    }

    /// Replaces the command of these words, below this one, with another page. Its name and summary stay, and so does
    /// its text unless it is empty.
    package mutating func replace(_ words: ArraySlice<String>, with page: CommandPage) {
        guard let first = words.first, let place = children.firstIndex(where: { $0.name == first }) else {
            let (name, summary, text) = (self.name, self.summary, self.text)
            self = page
            self.name = name
            self.summary = summary
            if !text.isEmpty { self.text = text }
            return
        }
        children[place].replace(words.dropFirst(), with: page)
    }
}

/// A command as the manual and the completions of shells describe it.
package struct CommandPage: Hashable, Sendable {
    package struct Flag: Hashable, Sendable {
        /// The long name without dashes; empty if it only has a letter.
        package var name: String
        package var letter: Character?
        /// What its value is called; nil for a switch.
        package var value: String?
        package var isRepeatable = false
        package var preset = ""
        /// The values that it may have; any if this is empty.
        package var choices: [String] = []
        package var help: String

        package init(_ name: String, _ letter: Character? = nil, value: String? = nil, help: String) {
            self.name = name
            self.letter = letter
            self.value = value
            self.help = help
        }

        /// All its forms with dashes: `-o`, `--format`.
        package var forms: [String] { (letter.map { ["-\($0)"] } ?? []) + (name.isEmpty ? [] : ["--\(name)"]) }
    }

    package struct Argument: Hashable, Sendable {
        /// The name as a usage line shows it: `<expr>`, `[<files>...]`.
        package var usage: String
        package var help: String
    }

    package var name: String
    /// What it does, in a line.
    package var summary: String
    /// More about it: paragraphs with empty lines between them, examples indented.
    package var text = ""
    package var flags: [Flag] = []
    package var arguments: [Argument] = []
    package var children: [CommandPage] = []

    package init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }

    package func child(_ name: String) -> CommandPage? { children.first { $0.name == name } }

    /// This command and all below it, each with the words that lead to it from `words` on.
    package func all(_ words: [String] = []) -> [(words: [String], page: CommandPage)] {
        let own = words + [name]
        return [(own, self)] + children.flatMap { $0.all(own) }
    }

    /// The page with another one in the place of the command of these words, below this one; its name stays.
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

/// A command of a command line, or a word that others follow: which flags and arguments it takes.
package struct ToolSyntax: Sendable {
    package var name: String
    /// What it does; the first sentence is its summary.
    package var help: String
    /// Its own flags; those of the words before it count, too.
    package var flags: [ToolFlag]
    package var arguments: [ToolArgument] = []
    /// The words that can follow.
    package var children: [ToolSyntax] = []
    /// The name of the word that is meant if no other follows.
    fileprivate var presetName: String?

    /// A word that is followed by one of several others; `preset` is meant without one of them.
    package static func group(
        _ name: String, _ children: [ToolSyntax], flags: [ToolFlag] = [], preset: String? = nil, help: String
    ) -> ToolSyntax {
        ToolSyntax(name: name, help: help, flags: flags, children: children, presetName: preset)
    }

    /// A command with its arguments.
    package static func command(
        _ name: String, flags: [ToolFlag] = [], arguments: [ToolArgument], help: String
    ) -> ToolSyntax {
        ToolSyntax(name: name, help: help, flags: flags, arguments: arguments)
    }

    /// A command, and whether it takes any number of arguments.
    package static func command(
        _ name: String, flags: [ToolFlag] = [], takesArguments: Bool = true, help: String
    ) -> ToolSyntax {
        let arguments = takesArguments ? [ToolArgument("args", isRequired: false, isList: true, help: "")] : []
        return .command(name, flags: flags, arguments: arguments, help: help)
    }

    /// Whether words follow it.
    package var isGroup: Bool { !children.isEmpty }
    /// What is meant if no word follows.
    package var preset: ToolSyntax? { presetName.flatMap(child) }
    /// How many arguments it takes at most.
    var argumentLimit: Int { arguments.contains(where: \.isList) ? .max : arguments.count }

    package func child(_ name: String) -> ToolSyntax? { children.first { $0.name == name } }

    /// The command of these words with the flags of the words before it.
    package func complete(_ words: [String]) -> ToolSyntax {
        var command = command(words), place = self, shared = flags
        for word in words.dropLast() {
            place = place.child(word) ?? place
            shared += place.flags
        }
        command.flags = shared + command.flags
        return command
    }

    /// The command of these words; the last one that is known if there are too many.
    package func command(_ words: [String]) -> ToolSyntax { words.reduce(self) { $0.child($1) ?? $0 } }
}

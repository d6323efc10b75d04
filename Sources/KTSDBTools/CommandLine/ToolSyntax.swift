/// A command, or a word that commands follow (a group), with the flags and arguments that it takes.
package struct ToolSyntax: Sendable {
    package var name: String
    /// What the command does; the first sentence is its summary.
    package var help: String
    /// Its own flags, in addition to those of the words before it.
    package var flags: [ToolFlag]
    package var arguments: [ToolArgument] = []
    /// The words that can follow; empty for a command.
    package var children: [ToolSyntax] = []
    /// The name of the word that is assumed if none follows.
    fileprivate var presetName: String?

    /// Returns a word that one of several others follows; `preset` names the one that is assumed if none does.
    package static func group(
        _ name: String, _ children: [ToolSyntax], flags: [ToolFlag] = [], preset: String? = nil, help: String
    ) -> ToolSyntax {
        ToolSyntax(name: name, help: help, flags: flags, children: children, presetName: preset)
    }

    /// Returns a command with its arguments.
    package static func command(
        _ name: String, flags: [ToolFlag] = [], arguments: [ToolArgument], help: String
    ) -> ToolSyntax {
        ToolSyntax(name: name, help: help, flags: flags, arguments: arguments)
    }

    /// Returns a command that takes any number of arguments, or none.
    package static func command(
        _ name: String, flags: [ToolFlag] = [], takesArguments: Bool = true, help: String
    ) -> ToolSyntax {
        let arguments = takesArguments ? [ToolArgument("args", isRequired: false, isList: true, help: "")] : []
        return .command(name, flags: flags, arguments: arguments, help: help)
    }

    /// Whether other words follow this one.
    package var isGroup: Bool { !children.isEmpty }
    /// The word that is assumed if none follows.
    package var preset: ToolSyntax? { presetName.flatMap(child) }
    /// The most arguments that the command takes.
    var argumentLimit: Int { arguments.contains(where: \.isList) ? .max : arguments.count }

    package func child(_ name: String) -> ToolSyntax? { children.first { $0.name == name } }

    /// Returns the command of these words, with the flags of the words before it added.
    package func complete(_ words: [String]) -> ToolSyntax {
        guard !words.isEmpty else { return self }
        var command = command(words), place = self, shared = flags
        for word in words.dropLast() {
            place = place.child(word) ?? place
            shared += place.flags
        }
        command.flags = shared + command.flags
        return command
    }

    /// Returns the command of these words; words that are not known are ignored.
    package func command(_ words: [String]) -> ToolSyntax { words.reduce(self) { $0.child($1) ?? $0 } }
}

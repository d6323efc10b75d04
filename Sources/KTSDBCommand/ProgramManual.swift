internal import ArgumentParser
internal import KTSDBServer
internal import KTSDBTools

/// The commands of the program with all their flags, for the manual and the completions of shells.
enum ProgramManual {
    /// Returns the page of the whole program; nil if the argument parser describes it in an unknown form.
    static func root() -> CommandPage? {
        guard var root = CommandPage(dump: Array(Command._dumpHelp().utf8)) else { return nil }
        for (words, syntax) in syntaxes(of: Command.self, []) {
            let isOwn = !["amtool", "promtool"].contains(words.first)
            root.replace(words[...], with: CommandPage(syntax, isOwn: isOwn))
        }
        var server = CommandPage("server", "")
        server.flags = ServerFlags.all.map(flag)
        server.flags.append(CommandPage.Flag("version", help: "Show the version."))
        server.flags.append(CommandPage.Flag("help", "h", help: "Show help information."))
        root.replace(["server"], with: server)
        // Without a command, the program runs the server.
        root.flags = server.flags
        return root
    }

    private static func flag(_ flag: ServerFlag) -> CommandPage.Flag {
        var page = CommandPage.Flag(
            flag.name, value: flag.valueName, help: "\(flag.help) Environment variable: \(flag.variable).")
        page.preset = flag.valueName == nil ? "" : flag.defaultText
        return page
    }

    /// Returns the syntax of each command whose arguments another parser reads, with the words of the command.
    private static func syntaxes(
        of type: any ParsableCommand.Type, _ words: [String]
    ) -> [(words: [String], syntax: ToolSyntax)] {
        if type == PromtoolSubcommand.self { return [(words, .promtool)] }
        if type == AmtoolSubcommand.self { return [(words, .amtool)] }
        if let command = type as? any PromtoolWords.Type {
            return [(words, ToolSyntax.promtool.complete(command.words))]
        }
        if let command = type as? any AmtoolArguments.Type {
            return [(words, ToolSyntax.amtool.complete(command.words))]
        }
        return type.configuration.subcommands.flatMap { child in
            syntaxes(of: child, words + [child.configuration.commandName ?? ""])
        }
    }
}

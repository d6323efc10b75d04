/// The texts that `--help` prints.
package enum ToolHelp {
    /// The usage of a command: `name` is the program with the words of the command, `shared` the flags that all
    /// commands have; `isOwn` says whether it is a command of ktsdb itself.
    package static func text(_ command: ToolSyntax, name: String, shared: [ToolFlag], isOwn: Bool) -> String {
        var text = "usage: \(name) \(usage(command))\n\n\(command.help)\n"
        let own = command.flags.filter { !shared.contains($0) }
        if !own.isEmpty { text += "\nFlags:\n" + lines(own, isOwn) }
        let named = command.arguments.filter { !$0.help.isEmpty }
        if !named.isEmpty {
            text += "\nArgs:\n" + AlignedTable.align(named.map { "  \($0.usage)\t\($0.help)\n" }.joined())
        }
        if command.isGroup {
            text += "\nCommands:\n"
            text += AlignedTable.align(command.children.map { "  \($0.name)\t\($0.help)\n" }.joined())
        }
        return text + "\nFlags of all commands:\n" + lines(shared, isOwn)
    }

    /// Returns the part of the usage line after the command's name, such as `[<flags>] <server> <expr>`.
    private static func usage(_ command: ToolSyntax) -> String {
        if command.isGroup { return "<command> [<flags>] [<args> ...]" }
        let required = command.flags.filter(\.isRequired).map { "--\($0.name)=\($0.name.uppercased())" }
        return (required + ["[<flags>]"] + command.arguments.map(\.usage)).joined(separator: " ")
    }

    /// A line for each flag: its names, its value or what it is without one, and what it does.
    private static func lines(_ flags: [ToolFlag], _ isOwn: Bool) -> String {
        let rows = flags.map { flag in
            let letter = flag.letter.map { "-\($0), " } ?? "    "
            let name = flag.shownName(isOwn: isOwn)
            let value = flag.kind == .toggle ? "" : "=" + (flag.preset ?? name.uppercased())
            return "  \(letter)--\(name)\(value)\(flag.kind == .list ? " ..." : "")\t\(flag.help)\n"
        }
        return AlignedTable.align(rows.joined())
    }
}

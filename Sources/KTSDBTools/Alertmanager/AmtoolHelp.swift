/// What `--help` prints.
enum AmtoolHelp {
    /// The usage of the command of these words.
    static func text(_ words: [String], program: String) -> String {
        var place = AmtoolSyntax.root
        for word in words { place = place.child(word) ?? place }
        let name = ([program] + words).joined(separator: " ")
        let use = place.children.isEmpty ? "[<flags>] [<args> ...]" : "<command> [<flags>] [<args> ...]"
        var text = "usage: \(name) \(use)\n\n\(place.help)\n"
        let own = place.flags.filter { !AmtoolFlag.global.contains($0) }
        if !own.isEmpty { text += "\nFlags:\n" + own.map(line).joined() }
        if !place.children.isEmpty {
            text += "\nCommands:\n"
            text += AlignedTable.align(place.children.map { "  \($0.name)\t\($0.help)\n" }.joined())
        }
        return text + "\nFlags of all commands:\n" + AmtoolFlag.global.map(line).joined()
    }

    private static func line(_ flag: AmtoolFlag) -> String {
        let letter = flag.letter.map { "-\($0), " } ?? "    "
        let value = flag.kind == .toggle ? "" : "=" + (flag.preset ?? flag.name.uppercased())
        return "  \(letter)--\(flag.name)\(value)\(flag.kind == .list ? " ..." : "")\n"
    }
}

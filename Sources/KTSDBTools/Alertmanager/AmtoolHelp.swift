/// What `--help` prints.
enum AmtoolHelp {
    /// The usage of the command of these words.
    static func text(_ words: [String], program: String) -> String {
        var place = AmtoolSyntax.root
        for word in words { place = place.child(word) ?? place }
        // `ktsdb routes` is amtool's `config routes`.
        let isOwn = program != "amtool" && words.starts(with: ["config", "routes"])
        let name = ([program] + (isOwn ? Array(words.dropFirst()) : words)).joined(separator: " ")
        let use = place.children.isEmpty ? "[<flags>] [<args> ...]" : "<command> [<flags>] [<args> ...]"
        var text = "usage: \(name) \(use)\n\n\(place.help)\n"
        let own = place.flags.filter { !AmtoolFlag.global.contains($0) }
        if !own.isEmpty { text += "\nFlags:\n" + lines(own) }
        if !place.children.isEmpty {
            text += "\nCommands:\n"
            text += AlignedTable.align(place.children.map { "  \($0.name)\t\($0.help)\n" }.joined())
        }
        return text + "\nFlags of all commands:\n" + lines(AmtoolFlag.global)
    }

    /// A line for each flag: its names, its value or what it is without one, and what it does.
    private static func lines(_ flags: [AmtoolFlag]) -> String {
        let rows = flags.map { flag in
            let letter = flag.letter.map { "-\($0), " } ?? "    "
            let value = flag.kind == .toggle ? "" : "=" + (flag.preset ?? flag.name.uppercased())
            return "  \(letter)--\(flag.name)\(value)\(flag.kind == .list ? " ..." : "")\t\(flag.help)\n"
        }
        return AlignedTable.align(rows.joined())
    }
}

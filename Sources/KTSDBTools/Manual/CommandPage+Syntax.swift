extension CommandPage {
    /// Creates the page of a command of promtool or amtool. `shared` are the flags of the words before it.
    package init(_ syntax: ToolSyntax, shared: [ToolFlag] = []) {
        self.init(syntax.name, syntax.help)
        let own = shared + syntax.flags
        children = syntax.children.map { CommandPage($0, shared: own) }
        arguments = syntax.arguments.map { Argument(usage: $0.usage, help: $0.help) }
        flags = own.map { flag in
            var page = Flag(
                flag.name, flag.letter, value: flag.kind == .toggle ? nil : flag.name, help: flag.help)
            page.isRepeatable = flag.kind == .list
            page.preset = flag.kind == .toggle ? "" : flag.preset ?? ""
            page.choices = flag.choices
            return page
        }
    }
}

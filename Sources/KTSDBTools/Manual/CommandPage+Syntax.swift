extension CommandPage {
    /// The page of a command of promtool or amtool, or of one of ktsdb with their arguments. `shared` are the flags of
    /// the words before it.
    package init(_ syntax: ToolSyntax, shared: [ToolFlag] = [], isOwn: Bool) {
        self.init(syntax.name, syntax.help)
        let own = shared + syntax.flags
        children = syntax.children.map { CommandPage($0, shared: own, isOwn: isOwn) }
        arguments = syntax.arguments.map { Argument(usage: $0.usage, help: $0.help) }
        flags = own.map { flag in
            let name = flag.shownName(isOwn: isOwn)
            var page = Flag(name, flag.letter, value: flag.kind == .toggle ? nil : name, help: flag.help)
            page.isRepeatable = flag.kind == .list
            page.preset = flag.kind == .toggle ? "" : flag.preset ?? ""
            page.choices = flag.choices
            return page
        }
    }
}

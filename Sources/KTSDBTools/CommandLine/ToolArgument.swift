/// A positional argument, as a command declares it.
package struct ToolArgument: Hashable, Sendable {
    package var name: String
    package var isRequired: Bool
    /// Whether the argument takes all words that follow.
    package var isList: Bool
    package var help: String

    package init(_ name: String, isRequired: Bool = true, isList: Bool = false, help: String) {
        self.name = name
        self.isRequired = isRequired
        self.isList = isList
        self.help = help
    }

    /// The argument as a usage line shows it: `<name>`, `[<name>]` or `<name>...`.
    package var usage: String {
        let name = "<\(name)>" + (isList ? "..." : "")
        return isRequired ? name : "[\(name)]"
    }
}

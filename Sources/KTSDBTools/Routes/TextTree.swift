/// A tree drawn with lines, as amtool draws it.
struct TextTree: Sendable {
    var text: String
    var children: [TextTree] = []

    /// The tree below a point, a line for each node.
    var drawing: String { ".\n" + Self.lines([self], "") }

    private static func lines(_ nodes: [TextTree], _ lead: String) -> String {
        var result = ""
        for (index, node) in nodes.enumerated() {
            let isLast = index == nodes.count - 1
            result += lead + (isLast ? "└── " : "├── ") + node.text + "\n"
            result += lines(node.children, lead + (isLast ? "    " : "│   "))
        }
        return result
    }
}

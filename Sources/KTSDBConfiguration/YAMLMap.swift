package import KTSDBModel
package import Yams

/// A YAML mapping under construction, in the order of its keys.
package struct YAMLMap {
    private var pairs: [(Node, Node)] = []

    package init() {}

    package var node: Node { Node(pairs, .implicit, .block) }

    package mutating func set(_ key: String, _ node: Node) { pairs.append((Node(key), node)) }

    package mutating func set(_ key: String, _ text: String?) { if let text { set(key, Self.node(of: text)) } }

    /// Returns the node of a text; a text that would read as something else keeps its quotes.
    private static func node(of text: String) -> Node {
        let isPlain =
            !YAMLValue.nulls.contains(text) && YAMLValue.truths[text] == nil && YAMLNumber(text) == nil
            && Double(text) == nil
        return Node(text, Tag(.str), isPlain ? .any : .doubleQuoted)
    }

    package mutating func set(_ key: String, _ value: Bool) { set(key, Node(value ? "true" : "false")) }
    package mutating func set(_ key: String, _ value: Int?) { if let value { set(key, Node(String(value))) } }
    package mutating func set(_ key: String, list: [Node]) {
        if !list.isEmpty { set(key, Node(list, .implicit, .block)) }
    }
    package mutating func set(_ key: String, strings: [String]) { set(key, list: strings.map(Self.node(of:))) }

    package mutating func set(_ key: String, _ labels: Labels) {
        var map = YAMLMap()
        for label in labels { map.set(label.name, label.value) }
        if !labels.isEmpty { set(key, map.node) }
    }
}

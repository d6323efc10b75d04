internal import Yams

extension YAMLValue {
    /// Returns a value that is to be shown, in which texts that came from variables are as they were in the file.
    ///
    /// The value may have other keys around it than the file, and defaults; a text is recognised by its key, or that of
    /// its list, and by what was read there. Where it has become part of a longer text, that part is replaced; texts of
    /// one to three bytes are not looked for there, since they are in many others.
    package func showing(_ expanded: [ExpandedValue]) -> YAMLValue {
        guard !expanded.isEmpty else { return self }
        // The longest first: a shorter one may be a part of it.
        let sorted = expanded.filter { !$0.expanded.isEmpty }.sorted {
            $0.expanded.utf8.count > $1.expanded.utf8.count
        }
        let byKey = Dictionary(grouping: sorted, by: \.key)
        return YAMLValue(node: Self.shown(node, "", byKey), file: file, line: line)
    }

    private static func shown(_ node: Node, _ key: String, _ expanded: [String: [ExpandedValue]]) -> Node {
        switch node {
        case .alias: return node
        case .sequence(let sequence):
            return .sequence(Node.Sequence(sequence.map { shown($0, key, expanded) }, sequence.tag, sequence.style))
        case .mapping(let mapping):
            let pairs = mapping.map { ($0.key, shown($0.value, $0.key.scalar?.string ?? "", expanded)) }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
        case .scalar(let scalar):
            guard let values = expanded[key] else { return node }
            var text = scalar.string
            if let value = values.first(where: { $0.expanded == text }) {
                text = value.original
            } else {
                for value in values where value.expanded.utf8.count > 3 {
                    text = text.replacing(value.expanded, with: value.original)
                }
            }
            return text == scalar.string ? node : .scalar(Node.Scalar(text, Tag(.str), .any))
        }
    }
}

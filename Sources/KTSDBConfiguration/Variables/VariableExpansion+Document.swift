internal import Yams

extension VariableExpansion {
    /// Returns a document with the variables in its values replaced; keys are kept.
    mutating func expand(_ document: YAMLValue, _ places: VariablePlaces) throws(ConfigurationError) -> YAMLValue {
        YAMLValue(node: try expand(document.node, [], document.line, places), file: file, line: document.line)
    }

    private mutating func expand(
        _ node: Node, _ path: [String], _ line: Int, _ places: VariablePlaces
    ) throws(ConfigurationError) -> Node {
        let line = node.mark?.line ?? line
        guard try visit(line) else { return node }
        switch node {
        case .alias: return node
        case .scalar(let scalar): return .scalar(try expand(scalar, path, line, places))
        case .sequence(var sequence):
            for index in sequence.indices { sequence[index] = try expand(sequence[index], path, line, places) }
            return .sequence(sequence)
        case .mapping(let mapping):
            var pairs: [(Node, Node)] = []
            for (key, value) in mapping {
                // The keys of a merged mapping are those of the one that it is merged into.
                let isMerge = key.scalar?.string == "<<" && key.scalar?.style == .plain
                let inner = isMerge ? path : path + [key.scalar?.string ?? ""]
                pairs.append((key, try expand(value, inner, key.mark?.line ?? line, places)))
            }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark, mapping.anchor))
        }
    }

    private mutating func expand(
        _ scalar: Node.Scalar, _ path: [String], _ line: Int, _ places: VariablePlaces
    ) throws(ConfigurationError) -> Node.Scalar {
        guard scalar.string.utf8.contains(UInt8(ascii: "$")), places.isExpanded(path, scalar.string) else {
            return scalar
        }
        var result = scalar
        result.string = try expand(scalar.string, key: path.last ?? "", line: line)
        // A new text has lost its tag.
        result.tag = scalar.tag
        // A variable may be empty, which is like a missing value; but a text that only looks like null is a text.
        if scalar.style == .plain, !result.string.isEmpty, YAMLValue.nulls.contains(result.string) {
            result.style = .doubleQuoted
        }
        return result
    }
}

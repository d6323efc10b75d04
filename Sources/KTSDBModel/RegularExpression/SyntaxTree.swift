/// The parsed form of a pattern. Nodes are in one array and refer to their children by index, so that deep trees are
/// neither built nor freed recursively.
struct SyntaxTree: Sendable {
    /// The index of a node.
    typealias NodeID = Int

    enum Kind {
        case empty
        /// One or more scalars in a row. With `foldsCase`, a scalar represents all its case variants.
        case literal([UInt32], foldsCase: Bool)
        case scalars(ScalarSet)
        case assertion(Assertion)
        case concatenation([NodeID])
        /// Earlier alternatives are preferred.
        case alternation([NodeID])
        /// A `maximum` of nil means no bound. A greedy repetition prefers more.
        case repetition(NodeID, minimum: Int, maximum: Int?, isGreedy: Bool, isCounted: Bool)
        case capture(NodeID, group: Int)
    }

    struct Node {
        var kind: Kind
        /// The number of levels from this node to the deepest leaf, both included.
        var height: Int
        /// The number of instructions that Go's compiler would need, which its size limit applies to.
        var size: Int
        /// The largest number of copies of one part that nested counted repetitions create.
        var copies: Int
        /// Whether the empty text can match, regardless of the context.
        var isNullable: Bool
    }

    private(set) var nodes: [Node] = []
    /// The topmost node.
    var root: NodeID = 0

    subscript(node: NodeID) -> Node { nodes[node] }

    /// Adds a node and computes its measures.
    mutating func add(_ kind: Kind) -> NodeID {
        nodes.append(measured(kind))
        return nodes.count - 1
    }

    private func measured(_ kind: Kind) -> Node {
        switch kind {
        case .empty, .assertion:
            return Node(kind: kind, height: 1, size: 1, copies: 1, isNullable: true)
        case .scalars:
            return Node(kind: kind, height: 1, size: 1, copies: 1, isNullable: false)
        case .literal(let scalars, _):
            return Node(kind: kind, height: 1, size: scalars.count, copies: 1, isNullable: false)
        case .concatenation(let children):
            return Node(
                kind: kind, height: 1 + (children.lazy.map { nodes[$0].height }.max() ?? 0),
                size: children.reduce(0) { $0 + nodes[$1].size },
                copies: children.lazy.map { nodes[$0].copies }.max() ?? 1,
                isNullable: children.allSatisfy { nodes[$0].isNullable })
        case .alternation(let children):
            return Node(
                kind: kind, height: 1 + (children.lazy.map { nodes[$0].height }.max() ?? 0),
                size: children.reduce(children.count - 1) { $0 + nodes[$1].size },
                copies: children.lazy.map { nodes[$0].copies }.max() ?? 1,
                isNullable: children.contains { nodes[$0].isNullable })
        case .capture(let child, _):
            let inner = nodes[child]
            return Node(
                kind: kind, height: 1 + inner.height, size: 2 + inner.size, copies: inner.copies,
                isNullable: inner.isNullable)
        case .repetition(let child, let minimum, let maximum, _, let isCounted):
            let inner = nodes[child]
            let size: Int
            switch (minimum, maximum) {
            case (0, nil): size = 2 + inner.size
            case (_, nil): size = 1 + minimum * inner.size
            case (_, let maximum?): size = maximum * inner.size + (maximum - minimum)
            }
            let factor = maximum ?? minimum
            let copies =
                if !isCounted { inner.copies } else if maximum == 0 { 1 } else { max(factor, 1) * inner.copies }
            return Node(
                kind: kind, height: 1 + inner.height, size: max(1, size), copies: copies,
                isNullable: minimum == 0 || inner.isNullable)
        }
    }
}

internal import PromQL

/// A pool closes connections that are idle, so of the open ones nearly all are in use.
enum RatioOfOpen {
    static let lint = Lint(
        "ratio-of-open", .rules,
        "Connections in use are divided by those that are open, and not by how many there may be."
    ) { context in
        context.rules.flatMap { rule in
            rule.expression.operators.compactMap { node -> LintFinding? in
                guard node.operation == .divide, let used = node.left.lastMetric,
                    let open = node.right.innermostSelector?.metric, used.contains("in_use"), open.hasSuffix("_open"),
                    !open.contains("max")
                else { return nil }
                return rule.finding(
                    why: "\(open) shrinks when idle connections are closed, so the ratio is near 1 without any load",
                    fix: "divide by the largest number that the pool may have, such as a metric of max_open_connections"
                )
            }
        }
    }
}

extension Expression {
    /// The metric of the last operand of a chain, or of the expression.
    fileprivate var lastMetric: String? {
        if case .binary(let node) = bare { return node.right.innermostSelector?.metric }
        return innermostSelector?.metric
    }
}

extension QueryProfile {
    /// The tree below `node`, with what was measured.
    func explanation(of node: PlanNode) -> QueryExplanation.Node {
        guard case .chain(let plan) = node.kind else {
            return Self.node(node.summary, cost(node.id), node.children.map { explanation(of: $0) })
        }
        guard plan.links.count <= QueryExplanation.deepestChain else { return explanation(ofLong: plan, node) }
        return plan.links.reduce(explanation(of: plan.first)) { left, link in
            Self.node(link.summary, cost(link.id), [left, explanation(of: link.right)])
        }
    }

    /// A chain that is too long for a tree: its operators side by side, each with the cost of itself and its right side
    /// alone.
    private func explanation(ofLong plan: ChainPlan, _ node: PlanNode) -> QueryExplanation.Node {
        var children = [explanation(of: plan.first)], last = cost(plan.first.id)
        for link in plan.links {
            let whole = cost(link.id)
            var own = whole
            // What was measured includes everything to the left of the operator.
            own.time -= last.time
            own.queryable -= last.queryable
            own.read -= last.read
            last = whole
            children.append(Self.node(link.summary, own, [explanation(of: link.right)]))
        }
        return Self.node(node.summary, cost(node.id), children)
    }

    private static func node(
        _ operation: String, _ cost: Cost, _ children: [QueryExplanation.Node]
    ) -> QueryExplanation.Node {
        let below = children.reduce(Duration.zero) { $0 + $1.time }
        return QueryExplanation.Node(
            operation: operation, series: cost.series, points: cost.points, queryableSamples: cost.queryable,
            samplesRead: cost.read, isInMemory: cost.isInMemory,
            rollupInterval: cost.rollupInterval.map { .milliseconds($0) }, time: max(.zero, cost.time),
            ownTime: max(.zero, cost.time - below), children: children)
    }
}

extension PlanNode {
    /// The plan with the selectors marked of which only count and sum are looked at: those inside of `histogram_count`,
    /// `histogram_sum` or `histogram_avg`, as long as nothing around them needs buckets.
    ///
    /// As in Prometheus, a subquery always needs them: resets are then looked for in the samples that it gives.
    func markingStatisticsReaders() -> PlanNode { marking(isInStatistics: false, needsBuckets: false) }

    private func marking(isInStatistics: Bool, needsBuckets: Bool) -> PlanNode {
        func mark(_ node: PlanNode, statistics: Bool = false, buckets: Bool = false) -> PlanNode {
            node.marking(isInStatistics: isInStatistics || statistics, needsBuckets: needsBuckets || buckets)
        }
        var result = self
        switch kind {
        case .number, .string: break
        case .selector(var plan):
            plan.readsStatisticsOnly = isInStatistics && !needsBuckets
            result.kind = .selector(plan)
        case .window(var plan):
            switch plan.content {
            case .selector(var selector):
                selector.readsStatisticsOnly = isInStatistics && !needsBuckets
                plan.content = .selector(selector)
            case .subquery(let inner, let step, let offset, let at):
                plan.content = .subquery(mark(inner, buckets: true), step: step, offset: offset, at: at)
            }
            result.kind = .window(plan)
        case .negation(let inner): result.kind = .negation(mark(inner))
        case .invariant(let inner): result.kind = .invariant(mark(inner))
        case .chain(var plan):
            // An operator trims everything to its left, and its right side.
            var trims = false
            for index in plan.links.indices.reversed() {
                trims = trims || plan.links[index].trims
                plan.links[index].right = mark(plan.links[index].right, buckets: trims)
            }
            plan.first = mark(plan.first, buckets: trims)
            result.kind = .chain(plan)
        case .aggregation(var plan):
            plan.operand = mark(plan.operand)
            plan.parameter = plan.parameter.map { mark($0) }
            result.kind = .aggregation(plan)
        case .call(var call):
            let use = call.function.buckets
            call.arguments = call.arguments.map { mark($0, statistics: use == .unused, buckets: use == .needed) }
            result.kind = .call(call)
        }
        return result
    }
}

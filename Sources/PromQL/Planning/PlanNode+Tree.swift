internal import KTSDBModel

extension PlanNode {
    /// What the node works on.
    var children: [PlanNode] {
        switch kind {
        case .number, .string, .selector: []
        case .window(let plan):
            switch plan.content {
            case .selector: []
            case .subquery(let inner, _, _, _): [inner]
            }
        case .negation(let inner), .invariant(let inner): [inner]
        case .chain(let plan): [plan.first] + plan.links.map(\.right)
        case .aggregation(let plan): (plan.parameter.map { [$0] } ?? []) + [plan.operand]
        case .call(let call): call.arguments
        }
    }

    /// The plan with a number for each node, from 0 on, and how many there are.
    func numbered() -> (plan: PlanNode, count: Int) {
        var next = 0
        let plan = numbered(&next)
        return (plan, next)
    }

    private func numbered(_ next: inout Int) -> PlanNode {
        var result = self
        result.id = next
        next += 1
        switch kind {
        case .number, .string, .selector: break
        case .window(var plan):
            plan.id = result.id
            if case .subquery(let inner, let step, let offset, let at) = plan.content {
                plan.content = .subquery(inner.numbered(&next), step: step, offset: offset, at: at)
            }
            result.kind = .window(plan)
        case .negation(let inner): result.kind = .negation(inner.numbered(&next))
        case .invariant(let inner): result.kind = .invariant(inner.numbered(&next))
        case .chain(var plan):
            plan.first = plan.first.numbered(&next)
            for index in plan.links.indices {
                plan.links[index].right = plan.links[index].right.numbered(&next)
                plan.links[index].id = next
                next += 1
            }
            plan.links[plan.links.count - 1].id = result.id
            result.kind = .chain(plan)
        case .aggregation(var plan):
            plan.parameter = plan.parameter?.numbered(&next)
            plan.operand = plan.operand.numbered(&next)
            result.kind = .aggregation(plan)
        case .call(var call):
            call.arguments = call.arguments.map { $0.numbered(&next) }
            result.kind = .call(call)
        }
        return result
    }

    /// What the node does, without what it works on.
    var summary: String {
        switch kind {
        case .number(let value): return plainText(value)
        case .string(let literal): return stringLiteral(literal.bytes)
        case .selector(let plan): return plan.summary()
        case .window(let plan):
            let width = durationText(milliseconds: plan.width)
            switch plan.content {
            case .selector(let selector): return selector.summary(window: "[\(width)]")
            case .subquery(_, let step, let offset, let at):
                let step = step.map { durationText(milliseconds: $0) } ?? ""
                return "subquery [\(width):\(step)]" + SelectorPlan.modifiers(offset: offset, at: at)
            }
        case .negation: return "-"
        case .invariant: return "once for all steps"
        case .chain(let plan):
            return plan.links.count == 1 ? plan.links[0].summary : "\(plan.links.count) operators in a row"
        case .aggregation(let plan): return plan.summary
        case .call(let call): return call.function.name
        }
    }
}

extension ChainLink {
    /// The operator with everything between it and its right side.
    var summary: String { binaryOperatorText(operation, returnsBool: returnsBool, matching) }
}

extension SelectorPlan {
    fileprivate func summary(window: String = "") -> String {
        let ends = self.ends == .plain ? "" : " \(self.ends.rawValue)"
        return "{\(matchers.map(\.canonicalText).joined(separator: ", "))}\(window)\(ends)"
            + Self.modifiers(offset: offset, at: at)
    }

    fileprivate static func modifiers(offset: Int64, at: Int64?) -> String {
        let time = at.map { " @ \(Double($0) / 1000)" } ?? ""
        guard offset != 0 else { return time }
        return time + " offset \(offset < 0 ? "-" : "")\(durationText(milliseconds: abs(offset)))"
    }
}

extension AggregationPlan {
    fileprivate var summary: String {
        let labels = labelList(grouping)
        if isWithout { return "\(operation.rawValue) without (\(labels))" }
        return grouping.isEmpty ? operation.rawValue : "\(operation.rawValue) by (\(labels))"
    }
}

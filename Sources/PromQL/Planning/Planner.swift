internal import KTSDBModel

/// What the plan of an expression depends on besides its text, in milliseconds.
struct PlanningContext: Sendable {
    var start: Int64
    var end: Int64
    /// 0 in an instant query.
    var step: Int64

    /// In seconds.
    func value(_ constant: QueryConstant) -> Double {
        switch constant {
        case .start: Double(start) / 1000
        case .end: Double(end) / 1000
        case .range: Double(end - start) / 1000
        case .step: start == end ? 0 : Double(step) / 1000
        }
    }
}

/// Turns an expression into a plan: settles durations and `@`, takes parentheses away, names the roles of arguments,
/// and marks what is the same at each step.
struct Planner {
    let context: PlanningContext

    /// Nesting that no person writes, and a little more than the parser lets through: it bounds the stack for
    /// expressions that were built by hand.
    static let deepest = 1100

    /// The plan of `expression`.
    /// - Throws: ``QueryError/invalidExpression(_:)`` for durations that are not possible.
    func plan(_ expression: Expression) throws(QueryError) -> PlanNode {
        try node(expression, depth: 0).wrapped.markingStatisticsReaders()
    }

    /// A node and whether it is the same at each step. Literals and range vectors are never wrapped: the first need
    /// nothing, the second are evaluated by the function around them.
    private struct Planned {
        var node: PlanNode
        var isInvariant: Bool
        var canWrap: Bool

        var wrapped: PlanNode {
            guard isInvariant, canWrap else { return node }
            return PlanNode(kind: .invariant(node), type: node.type, place: node.place)
        }
    }

    private func node(_ expression: Expression, depth: Int) throws(QueryError) -> Planned {
        guard depth < Self.deepest else {
            throw .invalidExpression(
                "the expression is nested more than \(Self.deepest) deep. Split it by recording rules.")
        }
        switch expression {
        case .number(let literal):
            return literalNode(.number(literal.value), .scalar, literal.range)
        case .string(let literal):
            return literalNode(.string(literal), .string, literal.range)
        case .parentheses(let parentheses):
            return try node(parentheses.inner, depth: depth + 1)
        case .vectorSelector(let selector):
            let plan = try self.selector(selector)
            let node = PlanNode(kind: .selector(plan), type: .vector, place: selector.range.lowerBound)
            return Planned(node: node, isInvariant: plan.at != nil, canWrap: true)
        case .matrixSelector(let matrix):
            let plan = WindowPlan(
                content: .selector(try selector(matrix.selector)),
                width: try milliseconds(matrix.window), place: matrix.range.lowerBound)
            let node = PlanNode(kind: .window(plan), type: .matrix, place: matrix.range.lowerBound)
            return Planned(node: node, isInvariant: plan.at != nil, canWrap: false)
        case .subquery(let subquery): return try self.subquery(subquery, depth)
        case .unary(let unary):
            var operand = try node(unary.operand, depth: depth + 1)
            guard unary.minus else {
                operand.node.place = unary.range.lowerBound
                return operand
            }
            operand.node = PlanNode(
                kind: .negation(operand.node), type: operand.node.type, place: unary.range.lowerBound)
            return operand
        case .binary(let binary): return try chain(binary, depth)
        case .aggregation(let aggregation): return try self.aggregation(aggregation, depth)
        case .call(let call): return try self.call(call, depth)
        }
    }

    private func literalNode(_ kind: PlanNode.Kind, _ type: ValueType, _ range: SourceRange) -> Planned {
        Planned(node: PlanNode(kind: kind, type: type, place: range.lowerBound), isInvariant: true, canWrap: false)
    }

    private func selector(_ selector: VectorSelector) throws(QueryError) -> SelectorPlan {
        SelectorPlan(
            matchers: selector.matchers, offset: try offset(selector.offset), at: time(selector.at), ends: selector.ends
        )
    }

    private func offset(_ expression: DurationExpression?) throws(QueryError) -> Int64 {
        guard let expression else { return 0 }
        return try milliseconds(expression, allowingNegative: true)
    }

    private func milliseconds(
        _ expression: DurationExpression, allowingNegative: Bool = false
    ) throws(QueryError) -> Int64 {
        do throws(DurationError) {
            return try expression.milliseconds(
                step: context.step, queryRange: context.end - context.start, allowingNegative: allowingNegative)
        } catch {
            throw .invalidExpression(error.description)
        }
    }

    private func time(_ modifier: AtModifier?) -> Int64? {
        switch modifier {
        case nil: nil
        case .start: context.start
        case .end: context.end
        case .timestamp(let time): min(max(time.milliseconds, -StepGrid.farthest), StepGrid.farthest)
        }
    }

    private func subquery(_ subquery: Subquery, _ depth: Int) throws(QueryError) -> Planned {
        let inner = try node(subquery.expression, depth: depth + 1)
        let step: Int64?
        if let expression = subquery.step {
            let milliseconds = try milliseconds(expression)
            guard milliseconds >= 1 else {
                throw .invalidExpression("the step of a subquery is at least one millisecond")
            }
            step = milliseconds
        } else {
            step = nil
        }
        let at = time(subquery.at)
        let plan = WindowPlan(
            content: .subquery(inner.wrapped, step: step, offset: try offset(subquery.offset), at: at),
            width: try milliseconds(subquery.window), place: 0)
        let node = PlanNode(kind: .window(plan), type: .matrix, place: subquery.range.lowerBound)
        return Planned(node: node, isInvariant: at != nil, canWrap: false)
    }

    /// The plan of a chain of operators. Where its beginning is the same at each step, and the rest is not, the
    /// beginning is a chain of its own.
    private func chain(_ binary: BinaryExpression, _ depth: Int) throws(QueryError) -> Planned {
        let (operand, operators) = binary.chain
        let place = binary.range.lowerBound
        var beginning = try node(operand, depth: depth + 1), links: [ChainLink] = []
        var type = beginning.node.type, isInvariant = beginning.isInvariant
        for binary in operators {
            let right = try node(binary.right, depth: depth + 1)
            if isInvariant, !right.isInvariant {
                if !links.isEmpty {
                    beginning = Planned(
                        node: PlanNode(
                            kind: .chain(ChainPlan(first: beginning.node, links: links)), type: type, place: place),
                        isInvariant: true, canWrap: true)
                    links = []
                }
                beginning.node = beginning.wrapped
            }
            isInvariant = isInvariant && right.isInvariant
            links.append(
                ChainLink(
                    operation: binary.operation, right: isInvariant ? right.node : right.wrapped,
                    matching: binary.matching, returnsBool: binary.returnsBool))
            type = type == .scalar && right.node.type == .scalar ? .scalar : .vector
        }
        let whole = PlanNode(
            kind: .chain(ChainPlan(first: beginning.node, links: links)), type: type, place: place)
        return Planned(node: whole, isInvariant: isInvariant, canWrap: true)
    }

    private func aggregation(_ aggregation: Aggregation, _ depth: Int) throws(QueryError) -> Planned {
        let operand = try node(aggregation.operand.withoutParentheses, depth: depth + 1)
        var parameter: PlanNode?
        // The parameter plays no part in whether the aggregation is the same at each step, as in Prometheus.
        if let expression = aggregation.parameter?.withoutParentheses {
            parameter = try node(expression, depth: depth + 1).node
        }
        let plan = AggregationPlan(
            operation: aggregation.operation, operand: operand.node, parameter: parameter,
            isWithout: aggregation.isWithout, grouping: aggregation.grouping)
        let node = PlanNode(kind: .aggregation(plan), type: .vector, place: aggregation.range.lowerBound)
        return Planned(node: node, isInvariant: operand.isInvariant, canWrap: operand.canWrap)
    }

    private func call(_ call: FunctionCall, _ depth: Int) throws(QueryError) -> Planned {
        let function = FunctionTable[call.function.name]
        if case .constant(let constant) = function?.evaluation {
            return literalNode(.number(context.value(constant)), .scalar, call.range)
        }
        var arguments: [Planned] = []
        for argument in call.arguments {
            arguments.append(try node(argument.withoutParentheses, depth: depth + 1))
        }
        guard let function else {
            throw .invalidExpression("unknown function with name \"\(call.function.name)\"")
        }
        let dependsOnTime =
            switch function.dependsOnTime {
            case .never: false
            case .always: true
            // timestamp(x @ t) is the sample's own time, timestamp(abs(x @ t)) is that of the step.
            case .exceptForSelectors: !(arguments.first?.node.isPlainSelector ?? false)
            }
        let isInvariant = !dependsOnTime && arguments.allSatisfy(\.isInvariant)
        let plan = CallPlan(
            function: function, arguments: arguments.map { isInvariant ? $0.node : $0.wrapped })
        let node = PlanNode(kind: .call(plan), type: call.function.returnType, place: call.range.lowerBound)
        return Planned(node: node, isInvariant: isInvariant, canWrap: true)
    }
}

extension PlanNode {
    /// Whether it is a selector without a sign before it.
    fileprivate var isPlainSelector: Bool {
        if case .selector = kind { !hasPlus } else { false }
    }
}

extension Expression {
    /// The expression inside any number of parentheses.
    var withoutParentheses: Expression {
        var expression = self
        while case .parentheses(let parentheses) = expression { expression = parentheses.inner }
        return expression
    }
}

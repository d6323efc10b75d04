internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

extension JSONWriter {
    /// Writes the syntax tree of an expression, in the form that Prometheus' user interface draws.
    mutating func tree(_ expression: Expression) {
        // A chain of operators is as deep as it is long, so all objects are opened first and then closed one after the
        // other.
        if case .binary(let node) = expression { return chain(node) }
        beginObject()
        switch expression {
        case .number(let node):
            member("type", "numberLiteral")
            member("val", formatDouble(node.value, style: .fixed))
        case .string(let node):
            member("type", "stringLiteral")
            member("val", node.value)
        case .vectorSelector(let node):
            member("type", "vectorSelector")
            selector(node)
        case .matrixSelector(let node):
            member("type", "matrixSelector")
            selector(node.selector)
            duration("range", node.window)
        case .subquery(let node):
            member("type", "subquery")
            member("expr", node.expression)
            duration("range", node.window)
            duration("step", node.step)
            duration("offset", node.offset)
            time(node.at)
        case .unary(let node):
            member("type", "unaryExpr")
            member("op", node.minus ? "-" : "+")
            member("expr", node.operand)
        case .binary: break
        case .aggregation(let node):
            member("type", "aggregation")
            member("op", node.operation.rawValue)
            member("expr", node.operand)
            key("param")
            if let parameter = node.parameter { tree(parameter) } else { null() }
            member("grouping", node.grouping)
            member("without", node.isWithout)
        case .call(let node):
            member("type", "call")
            call(node)
        case .parentheses(let node):
            member("type", "parenExpr")
            member("expr", node.inner)
        }
        endObject()
    }

    private mutating func chain(_ node: BinaryExpression) {
        let (first, operators) = node.chain
        for node in operators.reversed() {
            beginObject()
            member("type", "binaryExpr")
            member("op", node.operation.rawValue)
            key("lhs")
        }
        tree(first)
        for node in operators {
            member("rhs", node.right)
            member("bool", node.returnsBool)
            key("matching")
            if let matching = node.matching { self.matching(matching) } else { null() }
            endObject()
        }
    }

    private mutating func member(_ name: StaticString, _ expression: Expression) {
        key(name)
        tree(expression)
    }

    private mutating func selector(_ node: VectorSelector) {
        member("name", node.name)
        array("matchers", node.matchers) { json, matcher in
            json.object {
                $0.member("name", matcher.name)
                $0.member("value", matcher.value)
                $0.member("type", matcher.operation.rawValue)
            }
        }
        duration("offset", node.offset)
        time(node.at)
        member("anchored", node.ends == .anchored)
        member("smoothed", node.ends == .smoothed)
    }

    /// Writes milliseconds under `name`, or 0 if they are not known yet; and under `name` with `Expr` appended, the
    /// tree of an expression, or null.
    private mutating func duration(_ name: String, _ duration: DurationExpression?) {
        key(name)
        if case .literal = duration,
            let milliseconds = try? duration?.milliseconds(step: 0, queryRange: 0, allowingNegative: true)
        {
            integer(Int(milliseconds))
        } else {
            integer(0)
        }
        key(name + "Expr")
        switch duration {
        case nil, .some(.literal): null()
        case .some(let expression): tree(expression)
        }
    }

    private mutating func tree(_ duration: DurationExpression, isWrapped: Bool = false) {
        switch duration {
        case .literal(let literal):
            object {
                $0.member("type", "numberLiteral")
                $0.member("val", formatDouble(literal.value, style: .fixed))
                $0.member("duration", literal.isDuration)
            }
        // Parentheses become a flag of their content; those around a number become a plus sign.
        case .parentheses(.literal(let literal), _): operation("+", nil, .literal(literal), isWrapped: true)
        case .parentheses(let inner, _): tree(inner, isWrapped: true)
        case .negated(let inner, _): operation("-", nil, inner, isWrapped: isWrapped)
        case .binary(let sign, let left, let right, _):
            operation(sign.rawValue, left, right, isWrapped: isWrapped)
        case .step: operation("step", nil, nil, isWrapped: isWrapped)
        case .range: operation("range", nil, nil, isWrapped: isWrapped)
        case .minimum(let left, let right, _): operation("min_of", left, right, isWrapped: isWrapped)
        case .maximum(let left, let right, _): operation("max_of", left, right, isWrapped: isWrapped)
        }
    }

    private mutating func operation(
        _ name: String, _ left: DurationExpression?, _ right: DurationExpression?, isWrapped: Bool
    ) {
        object { json in
            json.member("type", "durationExpr")
            json.member("op", name)
            json.key("lhs")
            if let left { json.tree(left) } else { json.null() }
            json.key("rhs")
            if let right { json.tree(right) } else { json.null() }
            json.member("wrapped", isWrapped)
        }
    }

    private mutating func time(_ modifier: AtModifier?) {
        var milliseconds: Int?, end: String?
        switch modifier {
        case .timestamp(let time): milliseconds = Int(time.milliseconds)
        case .start: end = "start"
        case .end: end = "end"
        case nil: break
        }
        member("timestamp", milliseconds)
        member("startOrEnd", end)
    }

    private mutating func matching(_ matching: VectorMatching) {
        object {
            $0.member("card", matching.cardinality.rawValue)
            $0.member("labels", matching.labels)
            $0.member("on", matching.isOn)
            $0.member("include", matching.include)
            $0.object("fillValues") {
                $0.member("lhs", matching.fillLeft)
                $0.member("rhs", matching.fillRight)
            }
        }
    }

    private mutating func call(_ node: FunctionCall) {
        object("func") {
            $0.member("name", node.function.name)
            $0.member("argTypes", node.function.argumentTypes.map(\.rawValue))
            $0.member("variadic", node.function.variadic)
            $0.member("returnType", node.function.returnType.rawValue)
        }
        array("args", node.arguments) { $0.tree($1) }
    }
}

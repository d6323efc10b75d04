internal import KTSDBModel
package import PromQL

/// Returns everything about a tree except the places in the text, as one text for comparison.
package func structure(_ expression: Expression) -> String {
    switch expression {
    case .number(let node): return "\(node.value.isNaN ? "NaN" : "\(node.value)")\(node.isDuration ? "s" : "")"
    case .string(let node): return node.value.debugDescription
    case .vectorSelector(let node): return structure(node)
    case .matrixSelector(let node): return "matrix(\(structure(node.selector)) \(structure(node.window)))"
    case .subquery(let node):
        let step = node.step.map(structure) ?? "default"
        return "subquery(\(structure(node.expression)) \(structure(node.window)) \(step) "
            + "\(node.offset.map(structure) ?? "-") \(node.at.map { "\($0)" } ?? "-"))"
    case .unary(let node): return "unary(\(node.minus) \(structure(node.operand)))"
    case .binary(let node):
        let (first, operators) = node.chain
        return operators.reduce(structure(first)) { left, node in
            let matching = node.matching.map {
                "\($0.cardinality) \($0.isOn) \($0.labels) \($0.include) \(text($0.fillLeft)) \(text($0.fillRight))"
            }
            return "binary(\(node.operation) \(node.returnsBool) \(matching ?? "-") \(left) \(structure(node.right)))"
        }
    case .aggregation(let node):
        // `by ()` is the same as no grouping at all, and is printed that way.
        return "aggregation(\(node.operation) \(node.isWithout) \(node.grouping) "
            + "\(node.parameter.map(structure) ?? "-") \(structure(node.operand)))"
    case .call(let node): return "\(node.function.name)(\(node.arguments.map(structure).joined(separator: ", ")))"
    case .parentheses(let node): return "(\(structure(node.inner)))"
    }
}

private func text(_ value: Double?) -> String { value.map { $0.isNaN ? "NaN" : "\($0)" } ?? "-" }

private func structure(_ node: VectorSelector) -> String {
    let matchers = node.matchers.map {
        "\($0.name.debugDescription)\($0.operation.rawValue)\($0.value.debugDescription)"
    }
    return "selector(\(node.name) \(matchers.sorted()) \(node.offset.map(structure) ?? "-") "
        + "\(node.at.map { "\($0)" } ?? "-") \(node.ends))"
}

private func structure(_ duration: DurationExpression) -> String {
    switch duration {
    // On its own, a literal is a time, however it was written.
    case .literal(let node): return "\((node.value * 1e9).rounded())ns"
    default: return inner(duration)
    }
}

private func inner(_ duration: DurationExpression) -> String {
    switch duration {
    case .literal(let node): structure(.number(node))
    case .negated(let node, _): "-\(inner(node))"
    case .binary(let operation, let left, let right, _): "[\(inner(left)) \(operation) \(inner(right))]"
    case .parentheses(let node, _): "(\(inner(node)))"
    case .step: "step"
    case .range: "range"
    case .minimum(let left, let right, _): "min[\(inner(left)) \(inner(right))]"
    case .maximum(let left, let right, _): "max[\(inner(left)) \(inner(right))]"
    }
}

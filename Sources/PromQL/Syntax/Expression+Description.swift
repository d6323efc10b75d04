import KTSDBModel

extension Expression: CustomStringConvertible {
    /// The canonical one-line form; parsing it gives the same tree.
    public var description: String {
        switch self {
        case .number(let node): return node.description
        case .string(let node): return stringLiteral(node.bytes)
        case .vectorSelector(let node): return node.description
        case .matrixSelector(let node):
            return node.selector.bareDescription + "[\(node.window)]" + node.selector.endsText + node.selector.atText
                + offsetText(node.selector.offset)
        case .subquery(let node): return node.expression.description + node.suffix
        case .unary(let node): return (node.minus ? "-" : "+") + node.operand.description
        case .binary(let node):
            let (first, operators) = node.chain
            return operators.reduce(into: first.description) { $0 += $1.textBehindLeft }
        case .aggregation(let node):
            return node.head + "(" + node.arguments.map(\.description).joined(separator: ", ") + ")"
        case .call(let node):
            return node.function.name + "(" + node.arguments.map(\.description).joined(separator: ", ") + ")"
        case .parentheses(let node): return "(\(node.inner))"
        }
    }
}

extension NumberLiteral: CustomStringConvertible {
    /// `0.5`, `+Inf`, or `1h30m` if it was written as a duration.
    public var description: String {
        isDuration ? durationText(milliseconds: Int64(clampingToWhole: (value * 1000).rounded())) : plainText(value)
    }
}

extension VectorSelector: CustomStringConvertible {
    /// `name{label="value"} @ 12.000 anchored offset 5m`, matchers in the order of their text.
    public var description: String { bareDescription + atText + endsText + offsetText(offset) }

    /// Name and matchers alone.
    var bareDescription: String {
        let conditions = matchers.filter { !isName($0) }.map(\.canonicalText)
        guard !conditions.isEmpty else { return name.isEmpty && matchers.isEmpty ? "{}" : name }
        let sorted = conditions.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return name + "{" + sorted.joined(separator: ",") + "}"
    }

    private func isName(_ matcher: LabelMatcher) -> Bool {
        matcher.name == "__name__" && matcher.operation == .equal && matcher.value == name && !name.isEmpty
    }

    var endsText: String { ends == .plain ? "" : " " + ends.rawValue }

    var atText: String { SharedText.at(at) }
}

extension LabelMatcher {
    var canonicalText: String {
        (LabelName.isLegacy(name) ? name : stringLiteral(name)) + operation.rawValue + stringLiteral(value)
    }
}

/// Texts that several nodes share.
private enum SharedText {
    static func at(_ at: AtModifier?) -> String {
        switch at {
        case nil: return ""
        case .start: return " @ start()"
        case .end: return " @ end()"
        case .timestamp(let timestamp):
            let (seconds, rest) = timestamp.milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
            let decimals = String(rest + 1000).dropFirst()
            return " @ \(timestamp.milliseconds < 0 ? "-" : "")\(seconds).\(decimals)"
        }
    }
}

private func offsetText(_ offset: DurationExpression?) -> String { offset.map { " offset \($0)" } ?? "" }

extension Subquery {
    /// What follows the expression.
    var suffix: String {
        "[\(window):\(step.map { "\($0)" } ?? "")]" + SharedText.at(at) + offsetText(offset)
    }
}

extension BinaryExpression {
    /// The operator with everything between it and its right side.
    var operatorText: String { binaryOperatorText(operation, returnsBool: returnsBool, matching) }

    /// The operator and what is right of it, with blanks.
    var textBehindLeft: String { " \(operatorText) \(right)" }
}

/// The operator with everything between it and its right side.
func binaryOperatorText(_ operation: BinaryOperator, returnsBool: Bool, _ matching: VectorMatching?) -> String {
    var text = operation.rawValue + (returnsBool ? " bool" : "")
    guard let matching else { return text }
    let isGrouping = matching.cardinality == .manyToOne || matching.cardinality == .oneToMany
    if !matching.labels.isEmpty || matching.isOn || isGrouping {
        text += (matching.isOn ? " on (" : " ignoring (") + labelList(matching.labels) + ")"
    }
    if isGrouping {
        text += matching.cardinality == .manyToOne ? " group_left (" : " group_right ("
        text += labelList(matching.include) + ")"
    }
    switch (matching.fillLeft, matching.fillRight) {
    case (let left?, let right?) where left == right: text += " fill (\(compactText(left)))"
    case (let left, let right):
        if let left { text += " fill_left (\(compactText(left)))" }
        if let right { text += " fill_right (\(compactText(right)))" }
    }
    return text
}

extension Aggregation {
    /// The operator with its grouping.
    var head: String {
        if isWithout { return "\(operation.rawValue) without (\(labelList(grouping))) " }
        return grouping.isEmpty ? operation.rawValue : "\(operation.rawValue) by (\(labelList(grouping))) "
    }

    /// The parameter, if there is one, and the operand.
    var arguments: [Expression] { parameter.map { [$0, operand] } ?? [operand] }
}

func labelList(_ labels: [String]) -> String {
    labels.map { LabelName.isLegacy($0) ? $0 : stringLiteral($0) }.joined(separator: ", ")
}

extension DurationExpression: CustomStringConvertible {
    /// `5m`, `step() * 2`; a literal by itself is written as a duration.
    public var description: String {
        guard case .literal(let literal) = self else { return operandText }
        // As a whole number of nanoseconds NaN is the lowest there is, for Go, and the opposite of that is itself.
        if literal.value.isNaN { return "-" + durationText(milliseconds: Int64.min / 1_000_000) }
        let nanoseconds = Int64(clampingToWhole: (literal.value * 1e9).rounded())
        // Prometheus cuts what is below a millisecond; here it stays, as a number.
        guard nanoseconds != 0, nanoseconds % 1_000_000 == 0 else { return plainText(literal.value) }
        return durationText(milliseconds: nanoseconds / 1_000_000)
    }

    /// The text within a larger duration, where a number stays one.
    private var operandText: String {
        switch self {
        case .literal(let literal): literal.description
        case .negated(let inner, _): "-" + inner.operandText
        case .binary(let operation, let left, let right, _):
            "\(left.operandText) \(operation.rawValue) \(right.operandText)"
        case .parentheses(let inner, _): "(" + inner.operandText + ")"
        case .step: "step()"
        case .range: "range()"
        case .minimum(let left, let right, _): "min_of(\(left.operandText), \(right.operandText))"
        case .maximum(let left, let right, _): "max_of(\(left.operandText), \(right.operandText))"
        }
    }
}

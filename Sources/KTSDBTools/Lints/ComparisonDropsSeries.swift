internal import PromQL

/// A comparison without `bool` drops the series for which it does not hold: what comes after it sees gaps.
enum ComparisonDropsSeries {
    static let lint = Lint(
        "comparison-drops-series", .rules,
        "A comparison without bool is recorded or calculated with: series for which it does not hold are missing."
    ) { context in
        context.rules.flatMap { rule in
            dropping(rule).map { node in
                rule.finding(
                    why: "`\(node.operation.rawValue)` drops the series for which it does not hold, so "
                        + (rule.alert == nil
                            ? "what is recorded has gaps" : "the calculation around it has none for them"),
                    fix: "write \(node.operation.rawValue) bool to get 0 and 1, or compare at the end")
            }
        }
    }

    private static func dropping(_ rule: LintedRule) -> [BinaryExpression] {
        let expression = rule.expression.bare
        var found: [BinaryExpression] = []
        if rule.alert == nil, case .binary(let node) = expression, node.dropsSeries { found.append(node) }
        // Operands of arithmetic. An aggregation of what is left may be meant.
        for part in expression.all {
            guard case .binary(let node) = part else { continue }
            for step in node.chain.operators where step.operation.isArithmetic {
                for operand in [step.left, step.right] {
                    if case .binary(let inner) = operand.bare, inner.dropsSeries { found.append(inner) }
                }
            }
        }
        return found
    }
}

extension BinaryExpression {
    /// Whether this is a comparison that filters a vector.
    var dropsSeries: Bool {
        operation.isComparison && !returnsBool && (left.type == .vector || right.type == .vector)
    }
}

extension BinaryOperator {
    var isArithmetic: Bool { [.add, .subtract, .multiply, .divide, .modulo, .power, .atan2].contains(self) }
}

internal import PromQL

/// Finds the operands of a PromQL expression.
struct PromQLOperands {
    /// The most operands that are found, since a chain may have a hundred thousand.
    static let limit = 60
    /// The most levels of nested operands.
    static let depthLimit = 12

    private var left = limit

    static func of(_ expression: Expression) -> ExpressionOperand {
        var operands = PromQLOperands()
        return operands.operand(expression, depth: 0)
    }

    private mutating func operand(_ expression: Expression, depth: Int) -> ExpressionOperand {
        left -= 1
        switch expression {
        case .parentheses(let node): return operand(node.inner, depth: depth)
        case .binary(let node) where left > 0 && depth < Self.depthLimit && expression.type == .vector:
            return binary(node, expression, depth: depth)
        case .vectorSelector: return ExpressionOperand(.selector, text: expression.description)
        default: return ExpressionOperand(.other, text: expression.description, parts: selectors(in: expression))
        }
    }

    private mutating func binary(
        _ node: BinaryExpression, _ expression: Expression, depth: Int
    ) -> ExpressionOperand {
        let name = node.operation.rawValue, chain = node.chain
        if node.operation == .or, chain.operators.allSatisfy({ $0.operation == .or }) {
            // `a or b or c` has three operands on one level.
            var parts: [ExpressionOperand] = []
            for part in [chain.first] + chain.operators.map(\.right) where left > 0 {
                parts.append(operand(part, depth: depth + 1))
            }
            return ExpressionOperand(.set(name), text: expression.description, parts: parts)
        }
        let parts = [operand(node.left, depth: depth + 1), operand(node.right, depth: depth + 1)]
        let kind: ExpressionOperand.Kind =
            switch node.operation {
            case .and, .or, .unless: .set(name)
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
                node.returnsBool ? .arithmetic(name + " bool") : .comparison(name)
            default: .arithmetic(name)
            }
        return ExpressionOperand(kind, text: expression.description, parts: parts)
    }

    /// Returns the selectors in an expression that is one operand. A range selector counts the series that have a
    /// sample in its range.
    private mutating func selectors(in expression: Expression) -> [ExpressionOperand] {
        var found: [ExpressionOperand] = [], waiting = [expression]
        while let next = waiting.popLast(), left > 0 {
            switch next {
            case .vectorSelector:
                left -= 1
                found.append(ExpressionOperand(.selector, text: next.description))
            case .matrixSelector:
                left -= 1
                let text = next.description
                found.append(ExpressionOperand(.selector, text: text, query: "present_over_time(\(text))"))
            default: waiting += next.operands.reversed()
            }
        }
        return found
    }
}

extension Expression {
    /// The direct operands or arguments of the expression, in their order. The operands of a chain are on one level.
    fileprivate var operands: [Expression] {
        switch self {
        case .number, .string, .vectorSelector, .matrixSelector: []
        case .subquery(let node): [node.expression]
        case .unary(let node): [node.operand]
        case .binary(let node): [node.chain.first] + node.chain.operators.map(\.right)
        case .aggregation(let node): [node.operand] + (node.parameter.map { [$0] } ?? [])
        case .call(let node): node.arguments
        case .parentheses(let node): [node.inner]
        }
    }
}

internal import KTSDBModel
internal import PromQL

/// A comparison of a rule with a number: `expression > 5`.
struct Threshold: Sendable {
    var expression: Expression
    var operation: BinaryOperator
    var value: Double
}

extension Expression {
    /// The expression without parentheses around it.
    var bare: Expression {
        var expression = self
        while case .parentheses(let node) = expression { expression = node.inner }
        return expression
    }

    /// The parts directly below, those of a chain of operators as one level.
    var parts: [Expression] {
        switch self {
        case .number, .string, .vectorSelector, .matrixSelector: return []
        case .subquery(let node): return [node.expression]
        case .unary(let node): return [node.operand]
        case .parentheses(let node): return [node.inner]
        case .aggregation(let node): return [node.operand] + (node.parameter.map { [$0] } ?? [])
        case .call(let node): return node.arguments
        case .binary(let node):
            let (first, operators) = node.chain
            return [first] + operators.map(\.right)
        }
    }

    /// The expression and all parts of it. A chain of operators is there once, as a whole.
    var all: [Expression] {
        var found: [Expression] = [], waiting = [self]
        while let next = waiting.popLast() {
            found.append(next)
            waiting += next.parts.reversed()
        }
        return found
    }

    /// All operators with their operands.
    var operators: [BinaryExpression] {
        all.flatMap { expression -> [BinaryExpression] in
            if case .binary(let node) = expression { node.chain.operators } else { [] }
        }
    }

    /// All selectors.
    var allSelectors: [VectorSelector] {
        all.compactMap { expression in
            switch expression {
            case .vectorSelector(let node): node
            case .matrixSelector(let node): node.selector
            default: nil
            }
        }
    }

    /// A number that the text gives, with its sign.
    var constant: Double? {
        switch bare {
        case .number(let node): node.value
        case .unary(let node): node.operand.constant.map { node.minus ? -$0 : $0 }
        default: nil
        }
    }

    /// What is compared with a number at the top, or on either side of `and` and `or` there.
    var thresholds: [Threshold] {
        var found: [Threshold] = [], waiting = [self]
        while let next = waiting.popLast() {
            guard case .binary(let node) = next.bare else { continue }
            if node.operation.isSet {
                waiting += [node.left, node.right]
            } else if node.operation.isComparison {
                if let value = node.right.constant {
                    found.append(Threshold(expression: node.left.bare, operation: node.operation, value: value))
                } else if let value = node.left.constant {
                    found.append(
                        Threshold(expression: node.right.bare, operation: node.operation.mirrored, value: value))
                }
            }
        }
        return found
    }

    /// The metric's name of a selector within functions and aggregations of one argument each.
    var innermostSelector: VectorSelector? {
        let selectors = allSelectors
        return selectors.count == 1 ? selectors[0] : nil
    }
}

extension VectorSelector {
    /// The metric's name that the selector gives; nil if it gives none.
    var metric: String? {
        if !name.isEmpty { return name }
        return matchers.first { $0.name == "__name__" && $0.operation == .equal }?.value
    }
}

extension BinaryOperator {
    var isComparison: Bool { [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual].contains(self) }
    var isSet: Bool { [.and, .or, .unless].contains(self) }

    /// The operator with its sides exchanged.
    var mirrored: BinaryOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}

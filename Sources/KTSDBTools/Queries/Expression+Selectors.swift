internal import KTSDBModel
internal import PromQL

extension Expression {
    /// Returns the expression with `change` applied to all its selectors.
    func changingSelectors(_ change: (inout VectorSelector) -> Void) -> Expression {
        switch self {
        case .number, .string: return self
        case .vectorSelector(var node):
            change(&node)
            return .vectorSelector(node)
        case .matrixSelector(var node):
            change(&node.selector)
            return .matrixSelector(node)
        case .subquery(var node):
            node.expression = node.expression.changingSelectors(change)
            return .subquery(node)
        case .unary(var node):
            node.operand = node.operand.changingSelectors(change)
            return .unary(node)
        case .binary(let node): return node.changingSelectors(change)
        case .aggregation(var node):
            node.operand = node.operand.changingSelectors(change)
            node.parameter = node.parameter?.changingSelectors(change)
            return .aggregation(node)
        case .call(var node):
            node.arguments = node.arguments.map { $0.changingSelectors(change) }
            return .call(node)
        case .parentheses(var node):
            node.inner = node.inner.changingSelectors(change)
            return .parentheses(node)
        }
    }
}

extension BinaryExpression {
    /// Works through a chain of operators in a loop, since recursion over a long chain could overflow the stack.
    fileprivate func changingSelectors(_ change: (inout VectorSelector) -> Void) -> Expression {
        let (first, operators) = chain
        var result = first.changingSelectors(change)
        for var node in operators {
            node.left = result
            node.right = node.right.changingSelectors(change)
            result = .binary(node)
        }
        return result
    }
}

extension VectorSelector {
    /// Replaces all matchers of a label with this one, or adds it if the label has none.
    mutating func set(_ name: String, _ operation: LabelMatcher.Operation, _ value: String) {
        // The expression is only printed, so the pattern does not have to be compiled.
        let matcher = LabelMatcher(name, operation, value, expression: nil)
        let isThere = matchers.contains { $0.name == name }
        matchers = isThere ? matchers.map { $0.name == name ? matcher : $0 } : matchers + [matcher]
    }

    /// Removes the matchers of a label.
    mutating func remove(_ name: String) { matchers.removeAll { $0.name == name } }
}

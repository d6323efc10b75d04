internal import KTSDBModel
internal import PromQL

extension Expression {
    /// The matchers of each selector of the expression, in any order, including the `target_info` that `info` reads.
    var selectors: [[LabelMatcher]] {
        var found: [[LabelMatcher]] = [], waiting = [self]
        while let expression = waiting.popLast() {
            switch expression {
            case .number, .string: break
            case .vectorSelector(let node): found.append(node.matchers)
            case .matrixSelector(let node): found.append(node.selector.matchers)
            case .subquery(let node): waiting.append(node.expression)
            case .unary(let node): waiting.append(node.operand)
            case .binary(let node):
                let (first, operators) = node.chain
                waiting.append(first)
                waiting += operators.map(\.right)
            case .aggregation(let node):
                waiting.append(node.operand)
                if let parameter = node.parameter { waiting.append(parameter) }
            case .call(let node):
                waiting += node.arguments
                if node.function.name == "info", node.arguments.count == 1 {
                    found.append([.name("target_info")])
                }
            case .parentheses(let node): waiting.append(node.inner)
            }
        }
        return found
    }
}

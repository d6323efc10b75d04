internal import PromQL

extension Expression {
    /// The depth of parentheses, `and`, `or` and `unless` to which a comparison is searched for.
    static let setDepthLimit = 100

    /// Returns the side of the outermost comparison that is compared: its values are known even if the comparison does
    /// not hold. Nil if the expression is not a comparison.
    ///
    /// Both `a > 5` and `5 < a` give `a`. The right side of `and` and `unless` is left out, since it only decides which
    /// series of the left side count.
    func withoutComparison(depth: Int = 0) -> Expression? {
        guard depth < Self.setDepthLimit else { return nil }
        switch self {
        case .parentheses(let node): return node.inner.withoutComparison(depth: depth + 1)
        case .binary(let node):
            switch node.operation {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
                return node.returnsBool ? nil : node.left.type == .scalar ? node.right : node.left
            case .and, .unless: return node.left.withoutComparison(depth: depth + 1)
            case .or:
                guard let left = node.left.withoutComparison(depth: depth + 1),
                    let right = node.right.withoutComparison(depth: depth + 1)
                else { return nil }
                var result = node
                result.left = left
                result.right = right
                return .binary(result)
            default: return nil
            }
        default: return nil
        }
    }

    /// Returns the expression with another number in its outermost comparison; nil if it is not a comparison with a
    /// number.
    func comparing(with threshold: Double, depth: Int = 0) -> Expression? {
        guard depth < Self.setDepthLimit else { return nil }
        switch self {
        case .parentheses(var node):
            guard let inner = node.inner.comparing(with: threshold, depth: depth + 1) else { return nil }
            node.inner = inner
            return .parentheses(node)
        case .binary(var node):
            switch node.operation {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
                if node.right.isNumber {
                    node.right = .number(NumberLiteral(value: threshold))
                } else if node.left.isNumber {
                    node.left = .number(NumberLiteral(value: threshold))
                } else {
                    return nil
                }
            case .and, .unless:
                guard let left = node.left.comparing(with: threshold, depth: depth + 1) else { return nil }
                node.left = left
            default: return nil
            }
            return .binary(node)
        default: return nil
        }
    }

    private var isNumber: Bool {
        switch self {
        case .number: true
        case .unary(let node): node.operand.isNumber
        case .parentheses(let node): node.inner.isNumber
        default: false
        }
    }
}

internal import PromQL

extension Expression {
    /// How many operators of `and`, `or` and `unless` are looked through for a comparison.
    static let setDepthLimit = 100

    /// The expression without its outermost comparison, which says what is compared when the comparison does not hold;
    /// nil if it has none.
    ///
    /// `a > 5` gives `a`, `5 < a` as well. What follows `and` and `unless` only says when the left side counts.
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

    /// The expression with another number in its outermost comparison; nil if that does not have one.
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

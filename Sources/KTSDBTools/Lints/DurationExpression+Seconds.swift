internal import PromQL

extension DurationExpression {
    /// The duration in seconds, if the text alone says it.
    var seconds: Double? {
        switch self {
        case .literal(let node): return node.value
        case .negated(let inner, _): return inner.seconds.map { -$0 }
        case .parentheses(let inner, _): return inner.seconds
        case .binary(let operation, let left, let right, _):
            guard let left = left.seconds, let right = right.seconds else { return nil }
            switch operation {
            case .add: return left + right
            case .subtract: return left - right
            case .multiply: return left * right
            case .divide: return left / right
            default: return nil
            }
        case .minimum(let left, let right, _):
            return left.seconds.flatMap { left in right.seconds.map { min(left, $0) } }
        case .maximum(let left, let right, _):
            return left.seconds.flatMap { left in right.seconds.map { max(left, $0) } }
        case .step, .range: return nil
        }
    }
}

import PromQL

/// Where ktsdb, as Prometheus 3, means to answer otherwise than Prometheus 2, and questions cannot avoid it.
enum KnownDifference {
    /// Whether a difference in the answers to an expression that was made as small as possible is one of these.
    static func explains(_ difference: Difference, in expression: String) -> Bool {
        guard let expression = try? parse(expression) else { return false }
        // Two matches are too many even if the comparison takes one of them away.
        if difference.text.hasPrefix("ktsdb refuses: multiple matches for labels: "), expression.filters { return true }
        return explains(difference, in: expression)
    }

    private static func explains(_ difference: Difference, in expression: Expression) -> Bool {
        switch expression {
        case .parentheses(let node): return explains(difference, in: node.inner)
        case .aggregation(let node) where node.operation == .stddev || node.operation == .stdvar:
            guard let (ours, theirs) = difference.values else { return false }
            // The deviation of one NaN or infinity is NaN and not 0. That of numbers that are much larger than it depends
            // on the order in which they come.
            return ours.isNaN || abs(ours - theirs) <= 1e-7 * abs(theirs)
        case .aggregation(let node) where node.operation == .avg:
            // Prometheus 2 moves a mean from value to value, and rounds at each.
            guard let (ours, theirs) = difference.values else { return false }
            return abs(ours - theirs) <= 1e-9
        case .unary:
            // Series that are equal without their names and never there at once are joined.
            return difference.text == "Prometheus refuses: vector cannot contain metrics with the same labelset"
        default: return false
        }
    }
}

extension Expression {
    /// Whether there is a comparison of vectors in it that takes points away.
    fileprivate var filters: Bool {
        if case .binary(let node) = self, !node.returnsBool, node.matching != nil { return true }
        return parts.contains(where: \.filters)
    }
}

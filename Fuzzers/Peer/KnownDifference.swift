import KTSDBModel
import PromQL

/// Where ktsdb, as Prometheus 3, means to answer otherwise than Prometheus 2, and questions cannot avoid it.
struct KnownDifference {
    /// Evaluates an expression as the question was, in ktsdb alone.
    let evaluate: (PromQL.Expression) -> Answer

    /// Whether a difference in the answers to an expression that was made as small as possible is one of these.
    func explains(_ difference: Difference, in expression: String) -> Bool {
        guard let expression = try? parse(expression) else { return false }
        // Two matches are too many even if the comparison takes one of them away.
        if difference.text.hasPrefix("ktsdb refuses: multiple matches for labels: "), expression.filters { return true }
        return explains(difference, in: expression)
    }

    private func explains(_ difference: Difference, in expression: Expression) -> Bool {
        switch expression {
        case .parentheses(let node): return explains(difference, in: node.inner)
        case .aggregation(let node) where node.operation == .stddev || node.operation == .stdvar:
            guard let point = difference.point else { return false }
            // The deviation of one NaN or infinity is NaN and not 0.
            return point.ours.isNaN || isRoundedDeviation(point, of: node)
        case .aggregation(let node) where node.operation == .avg:
            // Prometheus 2 moves a mean from value to value, and rounds at each.
            guard let point = difference.point, let group = group(of: point, in: node) else { return false }
            return isRounded(point, group)
        case .call(let node) where node.function.name == "avg_over_time":
            // The same over time.
            guard let point = difference.point, let window = window(of: point, in: node) else { return false }
            return isRounded(point, window)
        case .unary:
            // Series that are equal without their names and never there at once are joined.
            return difference.text == "Prometheus refuses: vector cannot contain metrics with the same labelset"
        default: return false
        }
    }

    /// Whether two means are as near to each other as roundings of the values allow, which may cancel each other.
    private func isRounded(_ point: Difference.Point, _ values: (count: Double, largest: Double)) -> Bool {
        abs(point.ours - point.theirs) <= 4 * values.count * .ulpOfOne * values.largest
    }

    /// Whether the order of the values explains the difference: series come in another order in Prometheus 2.
    ///
    /// A variance s² of n values up to m that is found by moving a mean is wrong by a small multiple of n·ε·m·s, where ε is
    /// the rounding of one operation, and by that of the mean itself squared: Chan, Golub and LeVeque, "Algorithms for
    /// Computing the Sample Variance", The American Statistician 37 (1983), table 1.
    private func isRoundedDeviation(_ point: Difference.Point, of node: Aggregation) -> Bool {
        guard let group = group(of: point, in: node) else { return false }
        let isRoot = node.operation == .stddev
        let ours = isRoot ? point.ours * point.ours : point.ours
        let theirs = isRoot ? point.theirs * point.theirs : point.theirs
        let rounding = 4 * group.count * .ulpOfOne * group.largest
        return abs(ours - theirs) <= rounding * max(ours, theirs).squareRoot() + rounding * rounding
    }

    /// How many values there are in the group of a point, and the largest magnitude among them.
    private func group(of point: Difference.Point, in node: Aggregation) -> (count: Double, largest: Double)? {
        func value(_ operation: AggregationOperator) -> Double? {
            var aggregation = node
            aggregation.operation = operation
            return self.value(Expression.aggregation(aggregation).description, at: point)
        }
        guard let count = value(.count), let largest = value(.max), let smallest = value(.min) else { return nil }
        return (count, max(abs(largest), abs(smallest)))
    }

    /// The same for the window of a function over time.
    private func window(of point: Difference.Point, in node: FunctionCall) -> (count: Double, largest: Double)? {
        func value(_ function: String) -> Double? {
            let text = Expression.call(node).description
            guard text.hasPrefix(node.function.name) else { return nil }
            return self.value(function + text.dropFirst(node.function.name.count), at: point)
        }
        guard let count = value("count_over_time"), let largest = value("max_over_time"),
            let smallest = value("min_over_time")
        else { return nil }
        return (count, max(abs(largest), abs(smallest)))
    }

    private func value(_ text: String, at point: Difference.Point) -> Double? {
        guard let expression = try? parse(text), case .points(let points) = evaluate(expression) else { return nil }
        return points[point.labels]?[point.time]
    }
}

extension Expression {
    /// Whether there is a comparison of vectors in it that takes points away.
    fileprivate var filters: Bool {
        if case .binary(let node) = self, !node.returnsBool, node.matching != nil { return true }
        return parts.contains(where: \.filters)
    }
}

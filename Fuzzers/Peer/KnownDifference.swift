import KTSDBModel
import PromQL

/// Where ktsdb, as Prometheus 3, means to answer otherwise than Prometheus 2, and questions cannot avoid it.
struct KnownDifference {
    let question: Question
    /// Evaluates an expression as the question was, in ktsdb alone; at the one time in milliseconds, if there is one.
    let evaluate: (PromQL.Expression, Int64?) -> Answer
    /// What ktsdb has to say about it.
    let remarks: (PromQL.Expression) -> [String]

    /// Whether a difference in the answers to an expression that was made as small as possible is one of these.
    func explains(_ difference: Difference, in expression: String) -> Bool {
        guard let expression = try? parse(expression) else { return false }
        // Two matches are too many even if the comparison takes one of them away.
        if difference.text.hasPrefix("ktsdb refuses: multiple matches for labels: "), expression.filters { return true }
        // Prometheus 2 evaluates what is in a subquery that has no points, and finds mistakes in it.
        if difference.text.hasPrefix("Prometheus refuses: "), expression.hasEmptySubquery(of: self) { return true }
        return explains(difference, in: expression)
    }

    private func explains(_ difference: Difference, in expression: Expression) -> Bool {
        switch expression {
        case .parentheses(let node): return explains(difference, in: node.inner)
        case .aggregation(let node) where node.operation == .stddev || node.operation == .stdvar:
            guard let point = difference.point, let numbers = point.numbers else { return false }
            // The deviation of one NaN or infinity is NaN and not 0.
            return numbers.ours.isNaN || isRoundedDeviation(point, of: node)
        case .aggregation(let node) where node.operation == .avg:
            // Prometheus 2 moves a mean from value to value, and rounds at each.
            guard let point = difference.point, let group = group(of: point, in: node) else { return false }
            return isRounded(point, group)
        case .aggregation(let node) where node.operation == .sum:
            guard let point = difference.point else { return false }
            // Series come in another order, and what cancels out leaves another rest.
            if point.ours.histogram != nil { return point.ours.equals(point.theirs, tolerance: 1e-9) }
            guard let group = group(of: point, in: node) else { return false }
            return isRounded(point, (group.count * group.count, group.largest))
        case .binary(let node) where node.operation == .add:
            if meetsReset(difference, expression) { return true }
            return difference.text.hasPrefix("Prometheus refuses: multiple matches for labels: ")
                && addsHistogramsToNumbers(node)
        case .call(let node) where node.function.name == "avg_over_time":
            // The same over time.
            guard let point = difference.point, let window = window(of: point, in: node) else { return false }
            return isRounded(point, window)
        case .call(let node) where node.function.name == "rate" || node.function.name == "increase":
            guard let point = difference.point else { return false }
            if let numbers = point.numbers { return reachesToZeroFirst(point, numbers, node) }
            return reachesBackToZero(point, node)
        case .call(let node)
        where node.function.name == "histogram_quantile" || node.function.name == "histogram_fraction":
            if node.function.name == "histogram_fraction", hasClassicBuckets(node) { return true }
            guard let point = difference.point, let numbers = point.numbers else { return false }
            return isInterpolated(point, numbers, node)
        case .call(let node) where node.function.name == "histogram_count" || node.function.name == "histogram_sum":
            return meetsReset(difference, expression)
        case .unary:
            // Series that are equal without their names and never there at once are joined.
            return difference.text == "Prometheus refuses: vector cannot contain metrics with the same labelset"
        default: return false
        }
    }

    /// Whether two means are as near to each other as roundings of the values allow, which may cancel each other.
    private func isRounded(_ point: Difference.Point, _ values: (count: Double, largest: Double)) -> Bool {
        guard let numbers = point.numbers else { return false }
        return abs(numbers.ours - numbers.theirs) <= 4 * values.count * .ulpOfOne * values.largest
    }

    /// Whether the order of the values explains the difference: series come in another order in Prometheus 2.
    ///
    /// A variance s² of n values up to m that is found by moving a mean is wrong by a small multiple of n·ε·m·s, where
    /// ε is the rounding of one operation, and by that of the mean itself squared: Chan, Golub and LeVeque, "Algorithms
    /// for Computing the Sample Variance", The American Statistician 37 (1983), table 1.
    private func isRoundedDeviation(_ point: Difference.Point, of node: Aggregation) -> Bool {
        guard let group = group(of: point, in: node), let numbers = point.numbers else { return false }
        let isRoot = node.operation == .stddev
        let ours = isRoot ? numbers.ours * numbers.ours : numbers.ours
        let theirs = isRoot ? numbers.theirs * numbers.theirs : numbers.theirs
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

    /// Whether a range vector has no sample at any time of the question.
    fileprivate func isEmpty(_ expression: Expression) -> Bool {
        (0..<question.steps).contains { step in
            guard case .points(let points) = evaluate(expression, (question.start + step * question.step) * 1000) else {
                return false
            }
            return points.isEmpty
        }
    }

    private func value(_ text: String, at point: Difference.Point) -> Double? {
        guard let expression = try? parse(text), case .points(let points) = evaluate(expression, nil) else {
            return nil
        }
        return points[point.labels]?[point.time]?.number
    }
}

extension Expression {
    /// Whether there is a subquery in it without any point.
    fileprivate func hasEmptySubquery(of difference: KnownDifference) -> Bool {
        if subqueries.contains(where: { difference.isEmpty($0) }) { return true }
        return parts.contains { $0.hasEmptySubquery(of: difference) }
    }

    /// Whether there is a comparison of vectors in it that takes points away.
    fileprivate var filters: Bool {
        if case .binary(let node) = self, !node.returnsBool, node.matching != nil { return true }
        return parts.contains(where: \.filters)
    }
}

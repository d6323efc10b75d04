import KTSDBModel
import PromQL

/// The cases in which ktsdb, like Prometheus 3, deliberately answers differently from Prometheus 2, and which questions
/// cannot avoid.
struct KnownDifference {
    let question: Question
    /// Evaluates an expression like the question, but in ktsdb alone; at one time in milliseconds, if it is given.
    let evaluate: (PromQL.Expression, Int64?) -> Answer
    /// Returns ktsdb's annotations for an expression.
    let remarks: (PromQL.Expression) -> [String]

    /// Returns whether a difference is one of these cases. The expression has been made as small as possible.
    func explains(_ difference: Difference, in expression: String) -> Bool {
        guard let expression = try? parse(expression) else { return false }
        // Two matches are an error even if the comparison removes one of them.
        if difference.text.hasPrefix("ktsdb refuses: multiple matches for labels: "), expression.filters { return true }
        // Prometheus 2 evaluates the content of a subquery without points, and finds errors in it.
        if difference.text.hasPrefix("Prometheus refuses: "), expression.hasEmptySubquery(of: self) { return true }
        return explains(difference, in: expression)
    }

    private func explains(_ difference: Difference, in expression: Expression) -> Bool {
        switch expression {
        case .parentheses(let node): return explains(difference, in: node.inner)
        case .aggregation(let node) where node.operation == .stddev || node.operation == .stdvar:
            guard let point = difference.point, let numbers = point.numbers else { return false }
            // The deviation of a single NaN or infinity is NaN and not 0.
            return numbers.ours.isNaN || isRoundedDeviation(point, of: node)
        case .aggregation(let node) where node.operation == .avg:
            // Prometheus 2 moves a mean from value to value, and rounds at each.
            guard let point = difference.point, let group = group(of: point, in: node) else { return false }
            return isRounded(point, group)
        case .aggregation(let node) where node.operation == .sum:
            guard let point = difference.point else { return false }
            // The series are in a different order, so cancellation leaves a different remainder.
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
            // Series that are equal without their names, and never exist at the same time, are joined.
            return difference.text == "Prometheus refuses: vector cannot contain metrics with the same labelset"
        default: return false
        }
    }

    /// Returns whether two means are as close to each other as roundings of the values allow, which may cancel each
    /// other.
    private func isRounded(_ point: Difference.Point, _ values: (count: Double, largest: Double)) -> Bool {
        guard let numbers = point.numbers else { return false }
        return abs(numbers.ours - numbers.theirs) <= 4 * values.count * .ulpOfOne * values.largest
    }

    /// Returns whether the order of the values explains the difference: Prometheus 2 has the series in a different
    /// order.
    ///
    /// A variance s² of n values up to m that is computed by moving a mean is wrong by a small multiple of n·ε·m·s,
    /// where ε is the rounding of one operation, and by the square of the error of the mean itself: Chan, Golub and
    /// LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37 (1983), table 1.
    private func isRoundedDeviation(_ point: Difference.Point, of node: Aggregation) -> Bool {
        guard let group = group(of: point, in: node), let numbers = point.numbers else { return false }
        let isRoot = node.operation == .stddev
        let ours = isRoot ? numbers.ours * numbers.ours : numbers.ours
        let theirs = isRoot ? numbers.theirs * numbers.theirs : numbers.theirs
        let rounding = 4 * group.count * .ulpOfOne * group.largest
        return abs(ours - theirs) <= rounding * max(ours, theirs).squareRoot() + rounding * rounding
    }

    /// Returns how many values there are in the group of a point, and the largest magnitude among them.
    private func group(of point: Difference.Point, in node: Aggregation) -> (count: Double, largest: Double)? {
        func value(_ operation: AggregationOperator) -> Double? {
            var aggregation = node
            aggregation.operation = operation
            return self.value(Expression.aggregation(aggregation).description, at: point)
        }
        guard let count = value(.count), let largest = value(.max), let smallest = value(.min) else { return nil }
        return (count, max(abs(largest), abs(smallest)))
    }

    /// Returns the same for the window of a function over time.
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

    /// Returns whether a range vector has no sample at any time of the question.
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
    /// Returns whether the expression contains a subquery without points.
    fileprivate func hasEmptySubquery(of difference: KnownDifference) -> Bool {
        if subqueries.contains(where: { difference.isEmpty($0) }) { return true }
        return parts.contains { $0.hasEmptySubquery(of: difference) }
    }

    /// Whether the expression contains a comparison of vectors that removes points.
    fileprivate var filters: Bool {
        if case .binary(let node) = self, !node.returnsBool, node.matching != nil { return true }
        return parts.contains(where: \.filters)
    }
}

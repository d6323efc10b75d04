internal import KTSDBModel

/// Evaluates a metric query at its steps.
struct MetricEvaluation {
    private let run: LogQueryRun
    private let steps: MetricSteps

    init(_ run: LogQueryRun, _ steps: MetricSteps) {
        self.run = run
        self.steps = steps
    }

    /// The points of each series, ordered by labels.
    func matrix(_ expression: LogQLExpression, isRange: Bool) throws(LogQLError) -> [ResultSeries] {
        let root = try node(expression, isRange: isRange)
        var places: [Int: Int] = [:]
        var series: [ResultSeries] = []
        for step in 0..<steps.count {
            try run.check()
            for point in try root.points(at: step) {
                let place = places[point.series] ?? series.count
                if place == series.count {
                    places[point.series] = place
                    try checkCount(place + 1)
                    series.append(ResultSeries(labels: root.labels(of: point.series), times: [], values: []))
                }
                series[place].times.append(steps[step])
                series[place].values.append(point.value)
            }
        }
        return series.sorted { $0.labels < $1.labels }
    }

    /// The values at the only step; ordered by labels, unless the query sorts.
    func vector(_ expression: LogQLExpression) throws(LogQLError) -> [ResultSample] {
        let root = try node(expression, isRange: false)
        let points = try root.points(at: 0)
        try checkCount(points.count)
        let samples = points.map {
            ResultSample(labels: root.labels(of: $0.series), time: steps.first, value: $0.value)
        }
        return expression.ordersItsResult ? samples : samples.sorted { $0.labels < $1.labels }
    }

    private func checkCount(_ count: Int) throws(LogQLError) {
        guard count <= run.options.maximumSeries else {
            throw LogQLError(
                .invalidQuery,
                "maximum number of series (\(run.options.maximumSeries)) reached for a single query; consider "
                    + "reducing query cardinality by adding more specific stream selectors, reducing the time range, "
                    + "or aggregating results with functions like sum(), count() or topk()")
        }
    }

    // MARK: Operators

    /// `outer` is the aggregation whose operand the expression is.
    private func node(
        _ expression: LogQLExpression, isRange: Bool, outer: VectorAggregation? = nil
    ) throws(LogQLError) -> any StepOperator {
        switch expression {
        case .lines:
            throw LogQLError(.invalidQuery, "a log query is not a value that can be calculated with")
        case .literal(let number), .vector(let number):
            return ConstantVector(number)
        case .rangeAggregation(let aggregation):
            if let average = aggregation.averageOfLines { return try node(average, isRange: isRange) }
            let windows = try LineWindows(aggregation, outer: outer, steps, run)
            return aggregation.operation == .absentOverTime
                ? AbsentSeries(aggregation.lines.matchers, windows) : WindowValues(aggregation, windows)
        case .vectorAggregation(let aggregation):
            try check(aggregation, isRange: isRange)
            let operand = try node(aggregation.operand, isRange: isRange, outer: aggregation)
            return switch aggregation.operation {
            case .topk, .bottomk, .approximateTopk: RankedSeries(aggregation, operand)
            case .sort, .sortDescending:
                SortedSeries(operand, descending: aggregation.operation == .sortDescending)
            case .sum, .avg, .min, .max, .count, .stddev, .stdvar: AggregatedSeries(aggregation, operand)
            }
        case .binary(let operation): return try node(operation, isRange: isRange)
        case .labelReplacement(let replacement):
            return RelabelledSeries(replacement, try node(replacement.operand, isRange: isRange))
        }
    }

    private func check(_ aggregation: VectorAggregation, isRange: Bool) throws(LogQLError) {
        guard aggregation.operation == .approximateTopk else { return }
        guard run.options.allowsApproximateTopk else {
            throw LogQLError(.notEnabled, "approx_topk is not enabled. See -limits.shard_aggregations")
        }
        guard !isRange else {
            throw LogQLError(.invalidQuery, "approx_topk is only supported in instant queries")
        }
    }

    private func node(_ operation: BinaryOperation, isRange: Bool) throws(LogQLError) -> any StepOperator {
        let calculation = BinaryCalculation(operation)
        switch (operation.left, operation.right) {
        case (.literal(let left), .literal(let right)):
            return ConstantVector(operation.operator.folded(left, right))
        case (.literal(let left), let right) where !operation.operator.isLogical:
            return MappedSeries(try node(right, isRange: isRange)) { calculation.value(left, $0, kept: $0) }
        case (let left, .literal(let right)) where !operation.operator.isLogical:
            return MappedSeries(try node(left, isRange: isRange)) { calculation.value($0, right, kept: $0) }
        default:
            let left = try node(operation.left, isRange: isRange)
            let right = try node(operation.right, isRange: isRange)
            return operation.operator.isLogical
                ? CombinedSeries(operation, left, right) : MatchedSeries(operation, calculation, left, right)
        }
    }
}

extension LogQLExpression {
    /// Whether the order of an instant vector that this expression gives means something.
    fileprivate var ordersItsResult: Bool {
        switch self {
        case .vectorAggregation(let aggregation):
            switch aggregation.operation {
            case .sort, .sortDescending, .topk, .bottomk, .approximateTopk: true
            case .sum, .avg, .min, .max, .count, .stddev, .stdvar: false
            }
        case .labelReplacement(let replacement): replacement.operand.ordersItsResult
        case .lines, .literal, .vector, .rangeAggregation, .binary: false
        }
    }
}
